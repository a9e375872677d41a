extension AlertmanagerSchema {
    static let slack = receiver(
        "SlackConfig", sendResolved: false,
        [
            .init("api_url", .secretURL), .init("api_url_file", .file), .init("app_token", .secret),
            .init("app_token_file", .file), .init("app_url", .url), .text("channel"),
            .template("username", "slack.default.username"),
            .text("color", "{{ if eq .Status \"firing\" }}danger{{ else }}good{{ end }}"),
            .template("title", "slack.default.title"), .template("title_link", "slack.default.titlelink"),
            .template("pretext", "slack.default.pretext"), .template("text", "slack.default.text"),
            .text("message_text"), .init("fields", .list { .slackField }),
            .init("short_fields", .bool, isAlwaysShown: true), .template("footer", "slack.default.footer"),
            .template("fallback", "slack.default.fallback"), .template("callback_id", "slack.default.callbackid"),
            .template("icon_emoji", "slack.default.iconemoji"), .template("icon_url", "slack.default.iconurl"),
            .text("image_url"), .text("thumb_url"), .init("link_names", .bool, isAlwaysShown: true),
            .init("mrkdwn_in", .texts), .init("actions", .list { .slackAction }), .init("update_message", .bool),
            .init("post_updates_to_thread", .bool), .init("timeout", .goDuration),
        ],
        check: AlertmanagerChecks.slack)

    static let slackField = AlertmanagerSchema(
        "SlackField", [.text("title"), .text("value"), .init("short", .optionalBool)],
        check: { (field) throws(AlertmanagerFault) in try AlertmanagerChecks.attachmentField(&field, "Slack") })

    static let slackAction = AlertmanagerSchema(
        "SlackAction",
        AlertmanagerField.all(.text, "type", "text", "url", "style", "name", "value")
            + [.init("confirm", .object { .slackConfirmation })],
        check: AlertmanagerChecks.slackAction)

    static let slackConfirmation = AlertmanagerSchema(
        "SlackConfirmationField", AlertmanagerField.all(.text, "text", "title", "ok_text", "dismiss_text"),
        check: { (field) throws(AlertmanagerFault) in
            guard field.has("text") else { throw AlertmanagerFault("missing text in Slack confirmation configuration") }
        })

    static let mattermost = receiver(
        "MattermostConfig", sendResolved: true,
        [
            .init("webhook_url", .secretURL), .init("webhook_url_file", .file), .text("channel"),
            .template("username", "mattermost.default.username"), .template("text", "mattermost.default.text"),
            .template("fallback", "mattermost.default.fallback"), .template("color", "mattermost.default.color"),
            .text("pretext"), .text("author_name"), .text("author_link"), .text("author_icon"),
            .template("title", "mattermost.default.title"), .template("title_link", "mattermost.default.titlelink"),
            .init("fields", .list { .mattermostField }),
        ] + AlertmanagerField.all(.text, "thumb_url", "footer", "footer_icon", "image_url", "icon_url", "icon_emoji")
            + [
                .init("attachments", .list { .mattermostAttachment }), .text("type"),
                .init("props", .object { .mattermostProps }), .init("priority", .object { .mattermostPriority }),
            ],
        check: AlertmanagerChecks.atMostOne(of: "webhook_url"))

    static let mattermostField = AlertmanagerSchema(
        "MattermostField", [.text("title"), .text("value"), .init("short", .optionalBool)],
        check: { (field) throws(AlertmanagerFault) in try AlertmanagerChecks.attachmentField(&field, "Mattermost") })

    static let mattermostAttachment = AlertmanagerSchema(
        "MattermostAttachment", hasReader: false,
        AlertmanagerField.all(
            .text, "fallback", "color", "pretext", "text", "author_name", "author_link", "author_icon", "title",
            "title_link")
            + [.init("fields", .list { .mattermostField })]
            + AlertmanagerField.all(.text, "thumb_url", "footer", "footer_icon", "image_url"))

    static let mattermostProps = AlertmanagerSchema("MattermostProps", hasReader: false, [.text("card")])

    static let mattermostPriority = AlertmanagerSchema(
        "MattermostPriority", hasReader: false,
        [.text("priority"), .init("requested_ack", .bool), .init("persistent_notifications", .bool)])

    static let rocketchat = receiver(
        "RocketchatConfig", sendResolved: false,
        [
            .init("api_url", .url), .init("token_id", .secret), .init("token_id_file", .file), .init("token", .secret),
            .init("token_file", .file), .text("channel"),
            .text("color", "{{ if eq .Status \"firing\" }}red{{ else }}green{{ end }}"),
            .template("title", "rocketchat.default.title"), .template("title_link", "rocketchat.default.titlelink"),
            .template("text", "rocketchat.default.text"), .init("fields", .list { .rocketchatField }),
            .init("short_fields", .bool, isAlwaysShown: true), .template("emoji", "rocketchat.default.emoji"),
            .template("icon_url", "rocketchat.default.iconurl"), .text("image_url"), .text("thumb_url"),
            .init("link_names", .bool, isAlwaysShown: true), .init("actions", .list { .rocketchatAction }),
        ],
        check: AlertmanagerChecks.atMostOne(of: "token", "token_id"))

    static let rocketchatField = AlertmanagerSchema(
        "RocketchatAttachmentField", hasReader: false, [.init("short", .optionalBool), .text("title"), .text("value")])

    /// Alertmanager forgot to name these fields for YAML, so their names are without underscores.
    static let rocketchatAction = AlertmanagerSchema(
        "RocketchatAttachmentAction", hasReader: false,
        AlertmanagerField.all(.text, "type", "text", "url", "imageurl") + [.init("iswebview", .bool)]
            + AlertmanagerField.all(.text, "webviewheightratio", "msg") + [.init("msginchatwindow", .bool)]
            + AlertmanagerField.all(.text, "msgprocessingtype"))

    static let discord = receiver(
        "DiscordConfig", sendResolved: true,
        [
            .init("webhook_url", .secretURL), .init("webhook_url_file", .file), .text("content"),
            .template("title", "discord.default.title"), .template("message", "discord.default.message"),
            .text("username"), .text("avatar_url"),
        ],
        check: AlertmanagerChecks.exactlyOne(of: "webhook_url"))

    static let msteams = receiver(
        "MSTeamsConfig", sendResolved: true,
        [
            .init("webhook_url", .secretURL), .init("webhook_url_file", .file),
            .template("title", "msteams.default.title"), .template("summary", "msteams.default.summary"),
            .template("text", "msteams.default.text"),
        ],
        check: AlertmanagerChecks.exactlyOne(of: "webhook_url"))

    static let msteamsv2 = receiver(
        "MSTeamsV2Config", sendResolved: true,
        [
            .init("webhook_url", .secretURL), .init("webhook_url_file", .file),
            .template("title", "msteamsv2.default.title"), .template("text", "msteamsv2.default.text"),
        ],
        check: AlertmanagerChecks.exactlyOne(of: "webhook_url"))

    static let webex = receiver(
        "WebexConfig", sendResolved: true,
        [
            .init("api_url", .url), .template("message", "webex.default.message"),
            .init("room_id", .text, isAlwaysShown: true),
        ],
        check: AlertmanagerChecks.webex)

    static let telegram = receiver(
        "TelegramConfig", sendResolved: true,
        [
            .init("api_url", .url, isAlwaysShown: true), .init("bot_token", .secret), .init("bot_token_file", .file),
            .init("chat_id", .integer), .init("chat_id_file", .file), .init("message_thread_id", .integer),
            .template("message", "telegram.default.message"), .init("disable_notifications", .bool),
            .text("parse_mode", "HTML"), .init("timeout", .goDuration),
        ],
        check: AlertmanagerChecks.telegram)

    static let wechat = receiver(
        "WechatConfig", sendResolved: false,
        [
            .init("api_secret", .secret), .init("api_secret_file", .file), .text("corp_id"),
            .template("message", "wechat.default.message"), .init("api_url", .url),
            .template("to_user", "wechat.default.to_user"), .template("to_party", "wechat.default.to_party"),
            .template("to_tag", "wechat.default.to_tag"), .template("agent_id", "wechat.default.agent_id"),
            .text("message_type"),
        ],
        check: AlertmanagerChecks.wechat)
}
