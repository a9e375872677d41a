import TocsinAlerts

/// What Alertmanager finds wrong with mappings whose fields have the right types, in its words and its order.
enum AlertmanagerChecks {
    /// Finds fault with a secret that is given both inline and in a file.
    static func atMostOne(_ object: AlertmanagerObject, _ name: String) throws(AlertmanagerFault) {
        if object.has(name), object.has(name + "_file") {
            throw AlertmanagerFault(
                "at most one of \(name) & \(name)_file must be configured", at: object.location(of: name))
        }
    }

    static func atMostOne(of names: String...) -> AlertmanagerSchema.Check {
        { (object) throws(AlertmanagerFault) in for name in names { try atMostOne(object, name) } }
    }

    static func exactlyOne(_ object: AlertmanagerObject, _ name: String) throws(AlertmanagerFault) {
        guard object.has(name) || object.has(name + "_file") else {
            throw AlertmanagerFault("one of \(name) or \(name)_file must be configured")
        }
        try atMostOne(object, name)
    }

    static func exactlyOne(of name: String) -> AlertmanagerSchema.Check {
        { (object) throws(AlertmanagerFault) in try exactlyOne(object, name) }
    }

    /// Finds a label that the older fields for matching do not accept.
    private static func labels(_ object: AlertmanagerObject, _ name: String) throws(AlertmanagerFault) {
        if let bad = object.map(name).keys.sorted().first(where: { !AlertmanagerNames.isLabel($0) }) {
            throw AlertmanagerFault("invalid label name \(GoQuoting.quote(bad))", at: object.location(of: name))
        }
    }

    static func route(_ route: inout AlertmanagerObject) throws(AlertmanagerFault) {
        try labels(route, "match")
        let names = route.texts("group_by")
        let place = route.location(of: "group_by")
        if names.contains("") { throw AlertmanagerFault("invalid label name \"\" in group_by list", at: place) }
        if names.contains("..."), names.contains(where: { $0 != "..." }) {
            throw AlertmanagerFault(
                "cannot have wildcard group_by (`...`) and other labels at the same time", at: place)
        }
        var seen: Set<String> = []
        for name in names where name != "..." && !seen.insert(name).inserted {
            throw AlertmanagerFault("duplicated label \(GoQuoting.quote(name)) in group_by", at: place)
        }
        for name in ["group_interval", "repeat_interval"] where route.text(name) == "0s" {
            throw AlertmanagerFault("\(name) cannot be zero", at: route.location(of: name))
        }
    }

    static func inhibitRule(_ rule: inout AlertmanagerObject) throws(AlertmanagerFault) {
        let sources = rule.objects("sources")
        if !sources.isEmpty, ["source_match", "source_match_re", "source_matchers", "equal"].contains(where: rule.has) {
            throw AlertmanagerFault(
                "sources cannot be combined with source_match, source_match_re, source_matchers, or equal")
        }
        for (index, source) in sources.enumerated() {
            guard source.has("matchers") else {
                throw AlertmanagerFault("source \(index): matchers must not be empty", at: source.location)
            }
            if source.texts("equal").contains("") {
                throw AlertmanagerFault("invalid label name \"\" in source equal list", at: source.location)
            }
        }
        try labels(rule, "source_match")
        try labels(rule, "target_match")
        if rule.texts("equal").contains("") {
            throw AlertmanagerFault("invalid label name \"\" in equal list", at: rule.location(of: "equal"))
        }
    }

    static func timeRange(_ range: inout AlertmanagerObject) throws(AlertmanagerFault) {
        _ = try AlertmanagerIntervals.minutes(range)
    }

    static func global(_ global: AlertmanagerObject) throws(AlertmanagerFault) {
        try atMostOne(global, "slack_app_token")
        try atMostOne(global, "slack_api_url")
        let hasToken = global.has("slack_app_token") || global.has("slack_app_token_file")
        let hasURL = global.has("slack_api_url") || global.has("slack_api_url_file")
        // Before there was a field for tokens, people wrote them into the headers for this very address.
        let appURL = global.has("slack_app_url") ? global.text("slack_app_url") : AlertmanagerGlobals.slackAppURL
        if hasToken, hasURL, global.text("slack_api_url") != appURL {
            throw AlertmanagerFault(
                "at most one of slack_app_token/slack_app_token_file & slack_api_url/slack_api_url_file must be configured"
            )
        }
        for name in [
            "opsgenie_api_key", "victorops_api_key", "telegram_bot_token", "smtp_auth_password", "rocketchat_token",
            "rocketchat_token_id", "smtp_auth_secret", "wechat_api_secret", "mattermost_webhook_url",
        ] {
            try atMostOne(global, name)
        }
    }
}
