extension AlertmanagerSchema {
    static let pagerduty = receiver(
        "PagerdutyConfig", sendResolved: true,
        [
            .init("service_key", .secret), .init("service_key_file", .file), .init("routing_key", .secret),
            .init("routing_key_file", .file), .init("url", .url), .template("client", "pagerduty.default.client"),
            .template("client_url", "pagerduty.default.clientURL"),
            .text("description", "{{ template \"pagerduty.default.description\" .}}"), .init("details", .anyMap),
            .init("images", .list { .pagerdutyImage }), .init("links", .list { .pagerdutyLink }),
        ] + AlertmanagerField.all(.text, "source", "severity", "class", "component", "group")
            + [.init("timeout", .goDuration)],
        check: AlertmanagerChecks.pagerduty)

    static let pagerdutyImage = AlertmanagerSchema(
        "PagerdutyImage", hasReader: false, listName: "[]config.PagerdutyImage",
        AlertmanagerField.all(.text, "src", "alt", "href"))

    static let pagerdutyLink = AlertmanagerSchema(
        "PagerdutyLink", hasReader: false, listName: "[]config.PagerdutyLink",
        AlertmanagerField.all(.text, "href", "text"))

    static let opsgenie = receiver(
        "OpsGenieConfig", sendResolved: true,
        [
            .init("api_key", .secret), .init("api_key_file", .file), .init("api_url", .url),
            .template("message", "opsgenie.default.message"), .template("description", "opsgenie.default.description"),
            .template("source", "opsgenie.default.source"), .init("details", .textMap), .text("entity"),
            .init("responders", .list { .opsgenieResponder }),
        ] + AlertmanagerField.all(.text, "actions", "tags", "note", "priority")
            + [.init("update_alerts", .bool)],
        check: AlertmanagerChecks.opsgenie)

    static let opsgenieResponder = AlertmanagerSchema(
        "OpsGenieConfigResponder", hasReader: false, listName: "[]config.OpsGenieConfigResponder",
        AlertmanagerField.all(.text, "id", "name", "username", "type"))

    static let victorops = receiver(
        "VictorOpsConfig", sendResolved: true,
        [
            .init("api_key", .secret), .init("api_key_file", .file), .init("api_url", .url, isAlwaysShown: true),
            .init("routing_key", .text, isAlwaysShown: true),
            .init("message_type", .text, .text("CRITICAL"), isAlwaysShown: true),
            .init(
                "state_message", .text, .text("{{ template \"victorops.default.state_message\" . }}"),
                isAlwaysShown: true),
            .init(
                "entity_display_name", .text, .text("{{ template \"victorops.default.entity_display_name\" . }}"),
                isAlwaysShown: true),
            .init(
                "monitoring_tool", .text, .text("{{ template \"victorops.default.monitoring_tool\" . }}"),
                isAlwaysShown: true),
            .init("custom_fields", .textMap),
        ],
        check: AlertmanagerChecks.victorops)

    static let pushover = receiver(
        "PushoverConfig", sendResolved: true,
        [
            .init("user_key", .secret), .init("user_key_file", .file), .init("token", .secret),
            .init("token_file", .file), .template("title", "pushover.default.title"),
            .template("message", "pushover.default.message"), .template("url", "pushover.default.url"),
            .text("url_title"), .text("device"), .text("sound"),
            .text("priority", "{{ if eq .Status \"firing\" }}2{{ else }}0{{ end }}"),
            .init("retry", .goDuration, .text("1m0s")), .init("expire", .goDuration, .text("1h0m0s")),
            .init("ttl", .goDuration), .init("html", .bool, isAlwaysShown: true), .init("monospace", .bool),
        ],
        check: AlertmanagerChecks.pushover)

    static let incidentio = receiver(
        "IncidentioConfig", sendResolved: true,
        [
            .init("url", .url, isAlwaysShown: true), .init("url_file", .file, isAlwaysShown: true),
            .init("alert_source_token", .secret), .init("alert_source_token_file", .file),
            .init("max_alerts", .unsigned, isAlwaysShown: true), .init("timeout", .goDuration, isAlwaysShown: true),
        ],
        check: AlertmanagerChecks.incidentio)

    static let jira = receiver(
        "JiraConfig", sendResolved: true,
        [
            .init("api_url", .url), .text("api_type", "auto"), .text("project"),
            .init("summary", .textOrObject("template") { .jiraSummary }, jiraTemplate("jira.default.summary")),
            .init(
                "description", .textOrObject("template") { .jiraSummary }, jiraTemplate("jira.default.description")),
            .init("labels", .textsOrObject("values") { .jiraLabels }),
            .template("priority", "jira.default.priority"), .text("issue_type"), .text("reopen_transition"),
            .text("resolve_transition"), .text("wont_fix_resolution"), .init("reopen_duration", .duration),
            .init("fields", .anyMap),
        ],
        check: AlertmanagerChecks.jira)

    static let jiraSummary = AlertmanagerSchema(
        "JiraFieldConfig", [.text("template"), .init("enable_update", .optionalBool)])

    static let jiraLabels = AlertmanagerSchema(
        "JiraLabelsConfig", [.init("values", .texts), .init("enable_update", .optionalBool)])

    private static func jiraTemplate(_ name: String) -> AlertmanagerValue {
        var object = AlertmanagerObject(.jiraSummary, at: SourceLocation(file: "", line: 1, column: 1))
        object["template"] = .text("{{ template \"\(name)\" . }}")
        return .object(object)
    }
}
