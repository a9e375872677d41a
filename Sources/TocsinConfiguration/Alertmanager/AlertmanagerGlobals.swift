/// Fills what the file says of all receivers into one that does not say otherwise.
///
/// Semantics of Alertmanager's `Config.UnmarshalYAML`, which also finds here what is missing altogether.
enum AlertmanagerGlobals {
    /// Where Slack takes messages of its apps.
    static let slackAppURL = "https://slack.com/api/chat.postMessage"
    private static let rocketchatURL = "https://open.rocket.chat/"

    static func fill(
        _ receiver: inout AlertmanagerObject, _ global: inout AlertmanagerObject
    ) throws(AlertmanagerFault) {
        for kind in AlertmanagerReceiverKind.allCases {
            var configs = receiver.objects(kind.fieldName)
            guard !configs.isEmpty else { continue }
            for index in configs.indices {
                do throws(AlertmanagerFault) {
                    try fill(kind, &configs[index], &global)
                } catch {
                    throw AlertmanagerFault(error.message, at: error.location ?? configs[index].location)
                }
            }
            receiver[kind.fieldName] = .list(configs.map { .object($0) })
        }
    }

    private static func fill(
        _ kind: AlertmanagerReceiverKind, _ config: inout AlertmanagerObject, _ global: inout AlertmanagerObject
    ) throws(AlertmanagerFault) {
        if kind != .email { config.inherit("http_config", from: global, "http_config") }
        switch kind {
        case .email: try fillEmail(&config, global)
        case .slack: try fillSlack(&config, global)
        case .pagerduty: try fillAddress(&config, "url", &global, "pagerduty_url", "no global PagerDuty URL set")
        case .opsgenie:
            try fillAddress(
                &config, "api_url", &global, "opsgenie_api_url", "no global OpsGenie URL set", addsSlash: true)
            try fillSecret(
                &config, "api_key", global, "opsgenie_api_key",
                "no global OpsGenie API Key set either inline or in a file")
        case .wechat: try fillWechat(&config, &global)
        case .victorops:
            try fillAddress(
                &config, "api_url", &global, "victorops_api_url", "no global VictorOps URL set", addsSlash: true)
            try fillSecret(&config, "api_key", global, "victorops_api_key", "no global VictorOps API Key set")
        case .telegram:
            config.inherit("api_url", from: global, "telegram_api_url")
            try fillSecret(
                &config, "bot_token", global, "telegram_bot_token",
                "missing bot_token or bot_token_file on telegram_config")
        case .webex: try fillAddress(&config, "api_url", &global, "webex_api_url", "no global Webex URL set")
        case .jira: try fillAddress(&config, "api_url", &global, "jira_api_url", "no global Jira Cloud URL set")
        case .rocketchat: try fillRocketchat(&config, global)
        case .mattermost:
            try fillSecret(
                &config, "webhook_url", global, "mattermost_webhook_url",
                "missing webhook_url or webhook_url_file on mattermost_config")
        case .discord, .incidentio, .webhook, .pushover, .sns, .msteams, .msteamsv2: break
        }
    }

    /// - Parameter addsSlash: Alertmanager adds it to the global address too, and shows it there.
    private static func fillAddress(
        _ config: inout AlertmanagerObject, _ name: String, _ global: inout AlertmanagerObject, _ globalName: String,
        _ missing: String, addsSlash: Bool = false
    ) throws(AlertmanagerFault) {
        let isInherited = !config.has(name)
        config.inherit(name, from: global, globalName)
        guard config.has(name) else { throw AlertmanagerFault(missing) }
        guard addsSlash else { return }
        let text = config.text(name)
        config[name] = .text(try GoURL(text, shown: text).withSlash)
        if isInherited { global[globalName] = config[name] }
    }

    /// Takes a secret, or the file with it, unless there is one.
    private static func fillSecret(
        _ config: inout AlertmanagerObject, _ name: String, _ global: AlertmanagerObject, _ globalName: String,
        _ missing: String?
    ) throws(AlertmanagerFault) {
        let file = name + "_file"
        if !config.has(name), !config.has(file) {
            config[name] = global[globalName]
            config[file] = global[globalName + "_file"]
        }
        if let missing, !config.has(name), !config.has(file) { throw AlertmanagerFault(missing) }
    }

    private static func fillEmail(
        _ config: inout AlertmanagerObject, _ global: AlertmanagerObject
    ) throws(AlertmanagerFault) {
        config.inherit("tls_config", from: global, "smtp_tls_config")
        config.inherit("smarthost", from: global, "smtp_smarthost")
        guard config.has("smarthost") else { throw AlertmanagerFault("no global SMTP smarthost set") }
        config.inherit("from", from: global, "smtp_from")
        guard config.has("from") else { throw AlertmanagerFault("no global SMTP from set") }
        for name in ["hello", "auth_username", "auth_identity", "force_implicit_tls"] {
            config.inherit(name, from: global, "smtp_" + name)
        }
        try fillSecret(&config, "auth_password", global, "smtp_auth_password", nil)
        try fillSecret(&config, "auth_secret", global, "smtp_auth_secret", nil)
        if !config.has("require_tls") { config["require_tls"] = .bool(global.bool("smtp_require_tls")) }
    }

    private static func fillSlack(
        _ config: inout AlertmanagerObject, _ global: AlertmanagerObject
    ) throws(AlertmanagerFault) {
        let ownApp = config.has("app_url") ? config.text("app_url") : global.text("slack_app_url")
        let hasAuthorization = config.object("http_config")?.object("authorization") != nil
        // `http_config` is the receiver's own or the global one by now; Alertmanager looks at the receiver's own only.
        let isOwn = config.object("http_config")?.location != global.object("http_config")?.location
        if !config.has("api_url"), !(hasAuthorization && isOwn) {
            try fillSecret(&config, "app_token", global, "slack_app_token", nil)
        }
        try fillSecret(&config, "api_url", global, "slack_api_url", nil)
        let hasToken = config.has("app_token") || config.has("app_token_file")
        guard hasToken || config.has("api_url") || config.has("api_url_file") else {
            throw AlertmanagerFault("no Slack API URL nor App token set either inline or in a file")
        }
        guard hasToken else { return }
        guard !hasAuthorization else {
            throw AlertmanagerFault("http authorization can't be set when using Slack App tokens")
        }
        var http = config.object("http_config") ?? AlertmanagerObject(.httpConfig, at: config.location)
        var authorization = AlertmanagerObject(.authorization, at: config.location)
        authorization["type"] = .text("Bearer")
        authorization["credentials"] = config["app_token"]
        authorization["credentials_file"] = config["app_token_file"]
        http["authorization"] = .object(authorization)
        config["http_config"] = .object(http)
        config["api_url"] = .text(ownApp.isEmpty ? slackAppURL : ownApp)
        config["api_url_file"] = .none
    }

    private static func fillWechat(
        _ config: inout AlertmanagerObject, _ global: inout AlertmanagerObject
    ) throws(AlertmanagerFault) {
        try fillAddress(&config, "api_url", &global, "wechat_api_url", "no global Wechat URL set", addsSlash: true)
        try fillSecret(
            &config, "api_secret", global, "wechat_api_secret",
            "no global Wechat Api Secret set either inline or in a file")
        config.inherit("corp_id", from: global, "wechat_api_corp_id")
        guard config.has("corp_id") else { throw AlertmanagerFault("no global Wechat CorpID set") }
    }

    private static func fillRocketchat(
        _ config: inout AlertmanagerObject, _ global: AlertmanagerObject
    ) throws(AlertmanagerFault) {
        config.inherit("api_url", from: global, "rocketchat_api_url")
        if !config.has("api_url") { config["api_url"] = .text(rocketchatURL) }
        try fillSecret(
            &config, "token_id", global, "rocketchat_token_id",
            "no global Rocketchat TokenID set either inline or in a file")
        try fillSecret(
            &config, "token", global, "rocketchat_token", "no global Rocketchat Token set either inline or in a file")
    }

    /// Adds the headers that every mail has, which Alertmanager does for receivers that a route names.
    static func addHeaders(_ receiver: inout AlertmanagerObject) {
        let field = AlertmanagerReceiverKind.email.fieldName
        guard receiver.has(field) else { return }
        let configs = receiver.objects(field).map { config in
            var config = config
            let headers: [String: AlertmanagerValue] = [
                "Subject": .text("{{ template \"email.default.subject\" . }}"), "To": config["to"],
                "From": config["from"],
            ]
            config["headers"] = .map(headers.merging(config.map("headers")) { $1 })
            return AlertmanagerValue.object(config)
        }
        receiver[field] = .list(configs)
    }
}
