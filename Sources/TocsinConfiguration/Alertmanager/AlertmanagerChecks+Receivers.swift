import TocsinAlerts

extension AlertmanagerChecks {
    static func pagerduty(_ config: inout AlertmanagerObject) throws(AlertmanagerFault) {
        guard ["routing_key", "service_key", "routing_key_file", "service_key_file"].contains(where: config.has) else {
            throw AlertmanagerFault("missing service or routing key in PagerDuty config")
        }
        try atMostOne(config, "routing_key")
        try atMostOne(config, "service_key")
        if !config.has("source") { config["source"] = config["client"] }
        let details: [String: AlertmanagerValue] = [
            "firing": .text("{{ template \"pagerduty.default.instances\" .Alerts.Firing }}"),
            "resolved": .text("{{ template \"pagerduty.default.instances\" .Alerts.Resolved }}"),
            "num_firing": .text("{{ .Alerts.Firing | len }}"), "num_resolved": .text("{{ .Alerts.Resolved | len }}"),
        ]
        config["details"] = .map(config.map("details").merging(details) { own, _ in own })
    }

    static func opsgenie(_ config: inout AlertmanagerObject) throws(AlertmanagerFault) {
        try atMostOne(config, "api_key")
        for responder in config.objects("responders") {
            let parts = ["id", "name", "username", "type"].map { responder.text($0) }
            let shown = "{" + parts.joined(separator: " ") + "}"
            guard ["id", "name", "username"].contains(where: responder.has) else {
                throw AlertmanagerFault(
                    "opsGenieConfig responder \(shown) has to have at least one of id, username or name specified",
                    at: responder.location)
            }
            let type = responder.text("type")
            let types = ["team", "teams", "user", "escalation", "schedule"]
            guard type.contains("{{") || types.contains(type.lowercased()) else {
                let rule = "^(" + types.joined(separator: "|") + ")$"
                throw AlertmanagerFault(
                    "opsGenieConfig responder \(shown.lowercasingType(type)) type does not match valid options \(rule)",
                    at: responder.location)
            }
        }
    }

    static func victorops(_ config: inout AlertmanagerObject) throws(AlertmanagerFault) {
        guard config.has("routing_key") else { throw AlertmanagerFault("missing Routing key in VictorOps config") }
        try atMostOne(config, "api_key")
        let reserved = [
            "routing_key", "message_type", "state_message", "entity_display_name", "monitoring_tool", "entity_id",
            "entity_state",
        ]
        for name in reserved where config.map("custom_fields")[name] != nil {
            throw AlertmanagerFault(
                "victorOps config contains custom field \(name) which cannot be used as it conflicts with the "
                    + "fixed/static fields", at: config.location(of: "custom_fields"))
        }
    }

    static func pushover(_ config: inout AlertmanagerObject) throws(AlertmanagerFault) {
        try exactlyOne(config, "user_key")
        try exactlyOne(config, "token")
        guard !config.bool("html") || !config.bool("monospace") else {
            throw AlertmanagerFault("at most one of monospace & html must be configured")
        }
    }

    static func incidentio(_ config: inout AlertmanagerObject) throws(AlertmanagerFault) {
        try exactlyOne(config, "url")
        try atMostOne(config, "alert_source_token")
        let hasToken = config.has("alert_source_token") || config.has("alert_source_token_file")
        let http = config.object("http_config")
        let hasAuthorization = http?.object("authorization") != nil
        if hasAuthorization, hasToken {
            throw AlertmanagerFault(
                "cannot specify alert_source_token or alert_source_token_file when using http_config.authorization")
        }
        if http != nil, !hasAuthorization, !hasToken {
            throw AlertmanagerFault(
                "at least one of alert_source_token, alert_source_token_file or http_config.authorization must be "
                    + "configured")
        }
    }

    static func jira(_ config: inout AlertmanagerObject) throws(AlertmanagerFault) {
        for name in ["project", "issue_type"] where !config.has(name) {
            throw AlertmanagerFault("missing \(name) in jira_config")
        }
        guard ["auto", "cloud", "datacenter"].contains(config.text("api_type")) else {
            throw AlertmanagerFault("unknown api_type on jira_config, must be auto, cloud or datacenter")
        }
    }

    static func email(_ config: inout AlertmanagerObject) throws(AlertmanagerFault) {
        guard config.has("to") else { throw AlertmanagerFault("missing to address in email config") }
        var headers: [String: AlertmanagerValue] = [:]
        for (name, value) in config.map("headers").sorted(by: { $0.key < $1.key }) {
            let header = AlertmanagerNames.header(name)
            guard headers.updateValue(value, forKey: header) == nil else {
                throw AlertmanagerFault(
                    "duplicate header \(GoQuoting.quote(header)) in email config", at: config.location(of: "headers"))
            }
        }
        config["headers"] = .map(headers)
        guard let threading = config.object("threading"), threading.bool("enabled") else { return }
        for header in ["References", "In-Reply-To"] where headers[header] != nil {
            throw AlertmanagerFault(
                "conflicting configuration: threading.enabled conflicts with custom \(header) header",
                at: threading.location)
        }
        guard ["none", "daily"].contains(threading.text("thread_by_date")) else {
            throw AlertmanagerFault(
                "threading.thread_by_date must be either 'none' or 'daily'", at: threading.location)
        }
    }

    static func sns(_ config: inout AlertmanagerObject) throws(AlertmanagerFault) {
        // Go compares the three from left to right, which also lets all three pass.
        let targets = ["target_arn", "topic_arn", "phone_number"].count { config.has($0) }
        guard targets % 2 == 1 else {
            throw AlertmanagerFault("must provide either a Target ARN, Topic ARN, or Phone Number for SNS config")
        }
    }

    static func sigv4(_ config: inout AlertmanagerObject) throws(AlertmanagerFault) {
        guard config.has("access_key") == config.has("secret_key") else {
            throw AlertmanagerFault(
                "must provide a AWS SigV4 Access key and Secret Key if credentials are specified in the SigV4 config")
        }
        for name in ["external_id", "session_name", "tags"] where config.has(name) && !config.has("role_arn") {
            throw AlertmanagerFault("\(name) can only be used with role_arn")
        }
    }
}

extension String {
    /// Alertmanager makes the type of a responder small before it tells what is wrong with it.
    fileprivate func lowercasingType(_ type: String) -> String {
        dropLast(type.count + 1) + type.lowercased() + "}"
    }
}
