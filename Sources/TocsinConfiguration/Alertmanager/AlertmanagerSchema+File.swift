extension AlertmanagerSchema {
    /// The whole file.
    static let file = AlertmanagerSchema(
        "Config",
        [
            .init("global", .object { .global }), .init("route", .object { .route }),
            .init("inhibit_rules", .list { .inhibitRule }), .init("receivers", .list { .receiver }),
            .init("templates", .texts, isAlwaysShown: true),
            .init("mute_time_intervals", .list { .muteTimeInterval }),
            .init("time_intervals", .list { .timeInterval }),
            // What Alertmanager tells of itself to others; nothing of it concerns alerts.
            .init("tracing", .anything), .init("event_recorder", .anything),
        ],
        check: AlertmanagerChecks.file)

    /// One route of the tree.
    static let route: AlertmanagerSchema = .init(
        "Route",
        [
            .text("receiver"), .init("group_by", .texts), .init("match", .textMap), .init("match_re", .patternMap),
            .init("matchers", .matchers), .init("mute_time_intervals", .texts),
            .init("active_time_intervals", .texts), .init("continue", .bool, isAlwaysShown: true),
            .init("routes", .list { .route }), .init("group_wait", .duration), .init("group_interval", .duration),
            .init("repeat_interval", .duration), .init("labels", .textMap),
        ],
        check: AlertmanagerChecks.route)

    static let inhibitRule = AlertmanagerSchema(
        "InhibitRule",
        [
            .text("name"), .init("source_match", .textMap), .init("source_match_re", .patternMap),
            .init("source_matchers", .matchers), .init("sources", .list { .inhibitSource }),
            .init("target_match", .textMap), .init("target_match_re", .patternMap),
            .init("target_matchers", .matchers), .init("equal", .texts),
        ],
        check: AlertmanagerChecks.inhibitRule)

    static let inhibitSource = AlertmanagerSchema(
        "InhibitRuleSource", hasReader: false, listName: "[]config.InhibitRuleSource",
        [.init("matchers", .matchers), .init("equal", .texts)])

    static let muteTimeInterval = namedInterval("MuteTimeInterval", words: "mute time interval")
    static let timeInterval = namedInterval("TimeInterval", words: "time interval")

    private static func namedInterval(_ name: String, words: String) -> AlertmanagerSchema {
        AlertmanagerSchema(
            name, listName: "[]config." + name,
            [
                .init("name", .text, isAlwaysShown: true),
                .init("time_intervals", .list { .calendarInterval }, isAlwaysShown: true),
            ],
            check: { (interval) throws(AlertmanagerFault) in
                guard interval.has("name") else { throw AlertmanagerFault("missing name in " + words) }
            })
    }

    static let calendarInterval = AlertmanagerSchema(
        "TimeInterval", typeName: "timeinterval.TimeInterval", listName: "[]timeinterval.TimeInterval",
        [
            .init("times", .list { .timeRange }), .init("weekdays", .dates(.weekdays)),
            .init("days_of_month", .dates(.daysOfMonth)), .init("months", .dates(.months)),
            .init("years", .dates(.years)), .init("location", .zone),
        ])

    static let timeRange = AlertmanagerSchema(
        "TimeRange", typeName: "timeinterval.yamlTimeRange", listName: "[]timeinterval.TimeRange",
        [.init("start_time", .text, isAlwaysShown: true), .init("end_time", .text, isAlwaysShown: true)],
        check: AlertmanagerChecks.timeRange)

    /// Somebody to tell, in all the ways the file says.
    static let receiver = AlertmanagerSchema(
        "Receiver",
        [.init("name", .text, isAlwaysShown: true), .init("labels", .textMap)]
            + AlertmanagerReceiverKind.allCases.map { kind in .init(kind.fieldName, .list { kind.schema }) },
        check: { (receiver) throws(AlertmanagerFault) in
            guard receiver.has("name") else { throw AlertmanagerFault("missing name in receiver") }
        })

    /// What holds for all receivers that do not say otherwise.
    static let global = AlertmanagerSchema(
        "GlobalConfig",
        [
            .init("resolve_timeout", .duration, .text("5m"), isAlwaysShown: true),
            .init("http_config", .object { .httpConfig }), .init("jira_api_url", .url), .text("smtp_from"),
            .text("smtp_hello", "localhost"), .init("smtp_smarthost", .hostPort), .text("smtp_auth_username"),
            .init("smtp_auth_password", .secret), .init("smtp_auth_password_file", .file),
            .init("smtp_auth_secret", .secret), .init("smtp_auth_secret_file", .file), .text("smtp_auth_identity"),
            .init("smtp_require_tls", .bool, .bool(true), isAlwaysShown: true),
            .init("smtp_tls_config", .object { .tlsConfig }), .init("smtp_force_implicit_tls", .optionalBool),
        ] + globalAddresses)

    /// The services and what opens them.
    private static let globalAddresses: [AlertmanagerField] = [
        .init("slack_api_url", .secretURL), .init("slack_api_url_file", .file), .init("slack_app_token", .secret),
        .init("slack_app_token_file", .file), .init("slack_app_url", .url),
        .init("pagerduty_url", .url, .text("https://events.pagerduty.com/v2/enqueue")),
        .init("opsgenie_api_url", .url, .text("https://api.opsgenie.com/")), .init("opsgenie_api_key", .secret),
        .init("opsgenie_api_key_file", .file),
        .init("wechat_api_url", .url, .text("https://qyapi.weixin.qq.com/cgi-bin/")),
        .init("wechat_api_secret", .secret), .init("wechat_api_secret_file", .file), .text("wechat_api_corp_id"),
        .init(
            "victorops_api_url", .url, .text("https://alert.victorops.com/integrations/generic/20131114/alert/")),
        .init("victorops_api_key", .secret), .init("victorops_api_key_file", .file),
        .init("telegram_api_url", .url, .text("https://api.telegram.org")), .init("telegram_bot_token", .secret),
        .init("telegram_bot_token_file", .file),
        .init("webex_api_url", .url, .text("https://webexapis.com/v1/messages")), .init("rocketchat_api_url", .url),
        .init("rocketchat_token", .secret), .init("rocketchat_token_file", .file),
        .init("rocketchat_token_id", .secret), .init("rocketchat_token_id_file", .file),
        .init("mattermost_webhook_url", .secretURL), .init("mattermost_webhook_url_file", .file),
    ]
}
