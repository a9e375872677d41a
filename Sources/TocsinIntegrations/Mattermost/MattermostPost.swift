import TocsinAlerts
import TocsinConfiguration

/// What a post to Mattermost says: in a form of its own, or in Alertmanager's where one of its texts is set.
///
/// Limits: 16,383 characters for a post's text (<https://developers.mattermost.com/integrate/webhooks/incoming/>).
/// Attachments: <https://developers.mattermost.com/integrate/reference/message-attachments/>.
struct MattermostPost: Sendable {
    private struct Texts: Sendable {
        let text: MessageTemplate
        let type: MessageTemplate
        let attachments: [MattermostAttachment]
        let card: MessageTemplate?
    }

    private static let textLimit = 16_383
    private static let attachmentLimit = 8000

    /// The settings that ask for Alertmanager's form.
    private static let names = ["attachments", "props", "fields", "type"] + MattermostAttachment.names

    /// Names that call people, hashtags, links and character references are broken by what is not seen: no backslash helps
    /// against them.
    private static let markup = Markup(
        unit: .scalars, readsPictures: true, lineEnd: "",
        escape: { scalar in
            switch scalar {
            case "\\", "`", "*", "_", "[", "]", "~", "|": "\\" + String(scalar)
            case "@", "<", "&", "#": String(scalar) + Markup.joiner
            default: nil
            }
        }, emphasise: { "**\($0)**" }, link: { "[\($0.title)](\($0.addressInParentheses))" })

    private let texts: Texts?
    private let sender: [(name: String, text: MessageTemplate)]
    private let priority: MattermostPriority?

    /// Whether it is in the form of Alertmanager.
    var isTemplated: Bool { texts != nil }

    init(_ context: IntegrationContext) {
        let reader = context.reader
        sender =
            [("username", context.text("username", template: "mattermost.default.username"))]
            + ["icon_url", "icon_emoji"].map { ($0, context.text($0)) }
        priority =
            reader.node("priority") == nil ? nil : MattermostPriority(context.section(reader.mapping("priority")))
        guard context.wantsTexts(MattermostPost.names, of: "mattermost") else {
            texts = nil
            return
        }
        let props = context.section(reader.mapping("props"))
        texts = Texts(
            text: context.text("text", template: "mattermost.default.text"), type: context.text("type"),
            attachments: context.sections("attachments").map(MattermostAttachment.init),
            card: reader.node("props") == nil ? nil : props.text("card"))
        props.reader.finish()
        // Alertmanager reads these too and sends them only as parts of an attachment.
        for name in MattermostAttachment.names + ["fields"] where name != "text" { _ = reader.node(name) }
    }

    /// The body for an incoming webhook.
    func encodeForWebhook(
        _ notification: Notification, channel: String, mention: String?, _ render: MessageRenderer
    ) throws -> [UInt8] {
        var writer = JSONWriter()
        try writer.object { writer in
            writer.member("text", try text(notification, mention: mention, render))
            let own = [("channel", channel)] + (try render(sender))
            for (name, text) in own { writer.memberUnlessEmpty(name, text) }
            if let texts { writer.memberUnlessEmpty("type", try render(texts.type)) }
            try writeAttachments(notification, render, to: &writer)
            if let card = texts?.card, !card.isEmpty { writer.member("props", [("card", try render(card))]) }
            try writePriority(render, to: &writer)
        }
        return writer.bytes
    }

    /// The body for the REST API.
    ///
    /// - Parameter name: What the server knows the request by, so that it takes it only once in half a minute.
    func encode(
        _ notification: Notification, to target: MessageTarget, name: String, mention: String?,
        _ render: MessageRenderer
    ) throws -> [UInt8] {
        var writer = JSONWriter()
        try writer.object { writer in
            switch target {
            case .room(let channel): writer.member("channel_id", channel)
            case .thread(let place):
                writer.member("channel_id", place.room)
                writer.member("root_id", place.id)
            case .message: break
            }
            writer.member("message", try text(notification, mention: mention, render))
            writer.name("props")
            try writer.object { writer in
                try writeAttachments(notification, render, to: &writer)
                if let card = texts?.card, !card.isEmpty { writer.member("card", try render(card)) }
            }
            if case .message = target { return }
            writer.member("pending_post_id", name)
            guard case .room = target, let priority, !priority.isEmpty else { return }
            writer.name("metadata")
            try writer.object { writer in try priority.write(render, to: &writer) }
        }
        return writer.bytes
    }

    private func text(_ notification: Notification, mention: String?, _ render: MessageRenderer) throws -> String {
        let markup = MattermostPost.markup
        let own = try texts.map { try render($0.text) } ?? markup.emphasise(markup.title(AlertMessage(notification)))
        let whole = (mention.map { $0 + " " } ?? "") + own
        return Truncation.scalars(whole, limit: MattermostPost.textLimit)
    }

    private func writeAttachments(_ notification: Notification, _ render: MessageRenderer, to writer: inout JSONWriter)
        throws
    {
        if let texts {
            guard !texts.attachments.isEmpty else { return }
            writer.name("attachments")
            try writer.array { writer in
                for attachment in texts.attachments { try attachment.write(render, to: &writer) }
            }
            return
        }
        let message = AlertMessage(notification)
        writer.name("attachments")
        writer.array { writer in
            writer.object { writer in
                writer.member("fallback", MattermostPost.markup.title(message))
                writer.member("color", message.colourText)
                writer.member(
                    "text",
                    MattermostPost.markup.text(message, limit: MattermostPost.attachmentLimit, hasTitle: false))
            }
        }
    }

    private func writePriority(_ render: MessageRenderer, to writer: inout JSONWriter) throws {
        try priority?.write(render, to: &writer)
    }
}
