import TocsinAlerts
import TocsinConfiguration
import TocsinTemplates

/// A message as Alertmanager sends it to Slack: one attachment, all of whose texts are templates.
///
/// Format: Alertmanager 0.25 and, for `message_text`, 0.34, `notify/slack/slack.go`.
struct SlackAttachment: Sendable {
    private struct Field: Sendable {
        let title: MessageTemplate
        let value: MessageTemplate
        let isShort: Bool
    }

    private struct Action: Sendable {
        let texts: [(name: String, text: MessageTemplate)]
        let confirmation: [(name: String, text: MessageTemplate)]?
    }

    /// The limit of the vendor for a title.
    private static let titleLimit = 1024

    /// The settings that ask for this form and not for the native one.
    private static let names = [
        "title", "title_link", "pretext", "text", "message_text", "fallback", "color", "fields", "actions", "footer",
        "callback_id", "image_url", "thumb_url", "icon_url", "mrkdwn_in", "short_fields", "link_names",
    ]

    private let sender: [(name: String, text: MessageTemplate)]
    private let messageText: MessageTemplate
    private let linksNames: Bool
    private let title: MessageTemplate
    private let optionalTexts: [(name: String, text: MessageTemplate)]
    private let texts: [(name: String, text: MessageTemplate)]
    private let fields: [Field]
    private let actions: [Action]
    private let markdownIn: [String]

    /// Whether the settings ask for this form.
    static func isWanted(_ context: IntegrationContext) -> Bool { context.wantsTexts(names, of: "slack") }

    init(_ context: IntegrationContext) {
        let reader = context.reader
        sender = [
            ("username", context.text("username", template: "slack.default.username")),
            ("icon_emoji", context.text("icon_emoji", template: "slack.default.iconemoji")),
            ("icon_url", context.text("icon_url", template: "slack.default.iconurl")),
        ]
        messageText = context.text("message_text")
        linksNames = reader.bool("link_names") ?? false
        title = context.text("title", template: "slack.default.title")
        optionalTexts = [
            ("title_link", context.text("title_link", template: "slack.default.titlelink")),
            ("pretext", context.text("pretext", template: "slack.default.pretext")),
            ("image_url", context.text("image_url")), ("thumb_url", context.text("thumb_url")),
            ("color", context.text("color", template: "slack.default.color")),
        ]
        texts = [
            ("text", context.text("text", template: "slack.default.text")),
            ("fallback", context.text("fallback", template: "slack.default.fallback")),
            ("callback_id", context.text("callback_id", template: "slack.default.callbackid")),
            ("footer", context.text("footer", template: "slack.default.footer")),
        ]
        let areShort = reader.bool("short_fields") ?? false
        fields = context.sections("fields").map { field in
            defer { field.reader.finish() }
            return Field(
                title: field.text("title"), value: field.text("value"),
                isShort: field.reader.bool("short") ?? areShort)
        }
        actions = context.sections("actions").map(SlackAttachment.action)
        let markdownIn = reader.stringList("mrkdwn_in") ?? []
        self.markdownIn = markdownIn.isEmpty ? ["fallback", "pretext", "text"] : markdownIn
    }

    private static func action(_ context: IntegrationContext) -> Action {
        defer { context.reader.finish() }
        func texts(_ names: String..., in context: IntegrationContext) -> [(name: String, text: MessageTemplate)] {
            names.map { ($0, context.text($0)) }
        }
        var confirmation: [(name: String, text: MessageTemplate)]?
        if context.reader.node("confirm") != nil {
            let section = context.section(context.reader.mapping("confirm"))
            confirmation = texts("text", "title", "ok_text", "dismiss_text", in: section)
            section.reader.finish()
        }
        return Action(
            texts: texts("type", "text", "url", "style", "name", "value", in: context), confirmation: confirmation)
    }

    /// - Parameter mention: Who is to be called, in Slack's own form; stands before the text.
    func encode(_ render: MessageRenderer, to target: SlackTarget, mention: String?) throws -> [UInt8] {
        var writer = JSONWriter()
        try writer.object { writer in
            target.write(to: &writer)
            if target.isNew {
                for (name, text) in try render(sender) { writer.memberUnlessEmpty(name, text) }
            }
            let text = [mention ?? "", try render(messageText)].filter { !$0.isEmpty }
            writer.memberUnlessEmpty("text", text.joined(separator: " "))
            if linksNames { writer.member("link_names", true) }
            writer.name("attachments")
            try writer.array { writer in
                try writer.object { writer in
                    let title = Truncation.scalars(try render(title), limit: SlackAttachment.titleLimit)
                    writer.memberUnlessEmpty("title", title)
                    for (name, text) in try render(optionalTexts) { writer.memberUnlessEmpty(name, text) }
                    for (name, text) in try render(texts) { writer.member(name, text) }
                    try writeFields(render, to: &writer)
                    try writeActions(render, to: &writer)
                    writer.memberUnlessEmpty("mrkdwn_in", markdownIn)
                }
            }
        }
        return writer.bytes
    }

    private func writeFields(_ render: MessageRenderer, to writer: inout JSONWriter) throws {
        guard !fields.isEmpty else { return }
        writer.name("fields")
        try writer.array { writer in
            for field in fields {
                try writer.object { writer in
                    writer.memberUnlessEmpty("title", try render(field.title))
                    writer.memberUnlessEmpty("value", try render(field.value))
                    writer.member("short", field.isShort)
                }
            }
        }
    }

    private func writeActions(_ render: MessageRenderer, to writer: inout JSONWriter) throws {
        guard !actions.isEmpty else { return }
        writer.name("actions")
        try writer.array { writer in
            for action in actions {
                try writer.object { writer in
                    for (name, text) in try render(action.texts) { writer.memberUnlessEmpty(name, text) }
                    guard let confirmation = action.confirmation else { return }
                    writer.name("confirm")
                    try writer.object { writer in
                        for (name, text) in try render(confirmation) { writer.memberUnlessEmpty(name, text) }
                    }
                }
            }
        }
    }
}
