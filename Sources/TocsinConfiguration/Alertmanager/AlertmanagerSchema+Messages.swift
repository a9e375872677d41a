extension AlertmanagerSchema {
    static let webhook = receiver(
        "WebhookConfig", sendResolved: true,
        [
            .init("url", .secretURLTemplate), .init("url_file", .file),
            .init("max_alerts", .unsigned, isAlwaysShown: true), .init("timeout", .goDuration),
            .init("payload", .anything),
        ],
        check: AlertmanagerChecks.exactlyOne(of: "url"))

    static let email = receiver(
        "EmailConfig", sendResolved: false, hasHTTP: false,
        [
            .text("to"), .text("from"), .text("hello"), .init("smarthost", .hostPort), .text("auth_username"),
            .init("auth_password", .secret), .init("auth_password_file", .file), .init("auth_secret", .secret),
            .init("auth_secret_file", .file), .text("auth_identity"), .init("headers", .textMap),
            .template("html", "email.default.html"), .text("text"), .init("require_tls", .optionalBool),
            .init("tls_config", .object { .tlsConfig }), .init("force_implicit_tls", .optionalBool),
            .init("threading", .object { .emailThreading }),
        ],
        check: AlertmanagerChecks.email)

    static let emailThreading = AlertmanagerSchema(
        "ThreadingConfig", hasReader: false, [.init("enabled", .bool), .text("thread_by_date")])

    static let sns = receiver(
        "SNSConfig", sendResolved: true,
        [
            .text("api_url"), .init("sigv4", .object { .sigv4 }, isAlwaysShown: true), .text("topic_arn"),
            .text("phone_number"), .text("target_arn"), .template("subject", "sns.default.subject"),
            .template("message", "sns.default.message"), .init("attributes", .textMap),
            .init("use_aws_http_client", .bool),
        ],
        check: AlertmanagerChecks.sns)

    static let sigv4 = AlertmanagerSchema(
        "SigV4Config", typeName: "sigv4.plain",
        [
            .text("region"), .text("access_key"), .init("secret_key", .secret), .text("profile"), .text("role_arn"),
            .text("external_id"), .text("session_name"), .init("tags", .textMap),
            .init("use_fips_sts_endpoint", .bool), .text("service_name"),
        ],
        check: AlertmanagerChecks.sigv4)
}
