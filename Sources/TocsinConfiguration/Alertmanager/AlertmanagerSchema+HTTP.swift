extension AlertmanagerSchema {
    /// How HTTP is spoken: Prometheus' `http_config`, of 0.37 and later too.
    static let httpConfig = AlertmanagerSchema(
        "HTTPClientConfig",
        [
            .init("basic_auth", .object { .basicAuth }), .init("authorization", .object { .authorization }),
            .init("oauth2", .object { .oauth2 }), .init("bearer_token", .secret), .init("bearer_token_file", .file),
        ] + proxy + [
            .init("tls_config", .object { .tlsConfig }),
            .init("follow_redirects", .bool, .bool(true), isAlwaysShown: true),
            .init("enable_http2", .bool, .bool(true), isAlwaysShown: true),
            .init("http_headers", .objectMap { .httpHeader }),
        ],
        check: AlertmanagerChecks.httpConfig)

    private static let proxy: [AlertmanagerField] = [
        .init("proxy_url", .proxyURL), .text("no_proxy"), .init("proxy_from_environment", .bool),
        .init("proxy_connect_header", .secretListMap),
    ]

    static let basicAuth = AlertmanagerSchema(
        "BasicAuth",
        [
            .init("username", .text, isAlwaysShown: true), .init("username_file", .file), .text("username_ref"),
            .init("password", .secret), .init("password_file", .file), .text("password_ref"),
        ])

    static let authorization = AlertmanagerSchema(
        "Authorization", hasReader: false,
        [.text("type"), .init("credentials", .secret), .init("credentials_file", .file), .text("credentials_ref")])

    static let oauth2 = AlertmanagerSchema(
        "OAuth2",
        [
            .init("client_id", .text, isAlwaysShown: true), .init("client_secret", .secret, isAlwaysShown: true),
            .init("client_secret_file", .file, isAlwaysShown: true), .text("client_secret_ref"),
            .text("client_certificate_key_id"), .init("client_certificate_key", .secret),
            .init("client_certificate_key_file", .file), .text("client_certificate_key_ref"), .text("grant_type"),
            .text("signature_algorithm"), .text("iss"), .text("audience"), .init("claims", .anyMap),
            .init("scopes", .texts), .init("token_url", .text, isAlwaysShown: true),
            .init("endpoint_params", .textMap),
        ] + proxy + [.init("tls_config", .object { .tlsConfig })],
        check: { (oauth) throws(AlertmanagerFault) in try AlertmanagerChecks.proxy(oauth) })

    static let tlsConfig = AlertmanagerSchema(
        "TLSConfig",
        [
            .text("ca"), .text("cert"), .init("key", .secret), .init("ca_file", .file), .init("cert_file", .file),
            .init("key_file", .file), .text("ca_ref"), .text("cert_ref"), .text("key_ref"), .text("server_name"),
            .init("insecure_skip_verify", .bool, isAlwaysShown: true), .init("min_version", .tlsVersion),
            .init("max_version", .tlsVersion),
        ],
        check: AlertmanagerChecks.tlsConfig)

    static let httpHeader = AlertmanagerSchema(
        "Header", hasReader: false,
        [.init("values", .texts), .init("secrets", .secretTexts), .init("files", .files)])
}
