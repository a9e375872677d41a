import TocsinAlerts

extension AlertmanagerChecks {
    static func slack(_ config: inout AlertmanagerObject) throws(AlertmanagerFault) {
        try atMostOne(config, "api_url")
        try atMostOne(config, "app_token")
        let hasURL = config.has("api_url") || config.has("api_url_file")
        if hasURL, config.has("app_token") || config.has("app_token_file") {
            throw AlertmanagerFault(
                "at most one of api_url/api_url_file & app_token/app_token_file must be configured")
        }
        for name in ["update_message", "post_updates_to_thread"]
        where config.bool(name) && config.text("api_url") != AlertmanagerGlobals.slackAppURL {
            throw AlertmanagerFault(
                "\(name) can only be used with bot tokens. api_url must be set to \(AlertmanagerGlobals.slackAppURL)",
                at: config.location(of: name))
        }
    }

    static func attachmentField(_ field: inout AlertmanagerObject, _ product: String) throws(AlertmanagerFault) {
        for name in ["title", "value"] where !field.has(name) {
            throw AlertmanagerFault("missing \(name) in \(product) field configuration")
        }
    }

    static func slackAction(_ action: inout AlertmanagerObject) throws(AlertmanagerFault) {
        for name in ["type", "text"] where !action.has(name) {
            throw AlertmanagerFault("missing \(name) in Slack action configuration")
        }
        guard action.has("url") || action.has("name") else {
            throw AlertmanagerFault("missing name or url in Slack action configuration")
        }
        // An action that opens a page sends no message.
        if action.has("url") {
            for name in ["name", "value", "confirm"] { action[name] = .none }
        }
    }

    static func webex(_ config: inout AlertmanagerObject) throws(AlertmanagerFault) {
        guard config.has("room_id") else { throw AlertmanagerFault("missing room_id on webex_config") }
        guard config.object("http_config")?.object("authorization") != nil else {
            throw AlertmanagerFault("missing webex_configs.http_config.authorization")
        }
    }

    static func telegram(_ config: inout AlertmanagerObject) throws(AlertmanagerFault) {
        try atMostOne(config, "bot_token")
        let hasChat = config.integer("chat_id") != 0
        guard hasChat || config.has("chat_id_file") else {
            throw AlertmanagerFault("missing chat_id or chat_id_file on telegram_config")
        }
        guard !hasChat || !config.has("chat_id_file") else {
            throw AlertmanagerFault("at most one of chat_id & chat_id_file must be configured")
        }
        guard ["", "Markdown", "MarkdownV2", "HTML"].contains(config.text("parse_mode")) else {
            throw AlertmanagerFault(
                "unknown parse_mode on telegram_config, must be Markdown, MarkdownV2, HTML or empty string",
                at: config.location(of: "parse_mode"))
        }
    }

    static func wechat(_ config: inout AlertmanagerObject) throws(AlertmanagerFault) {
        if !config.has("message_type") { config["message_type"] = .text("text") }
        let type = config.text("message_type")
        guard ["text", "markdown"].contains(type) else {
            throw AlertmanagerFault(
                "weChat message type \(GoQuoting.quote(type)) does not match valid options ^(text|markdown)$",
                at: config.location(of: "message_type"))
        }
        try atMostOne(config, "api_secret")
    }
}
