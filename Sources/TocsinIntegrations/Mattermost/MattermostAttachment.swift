import TocsinAlerts
import TocsinConfiguration

/// An attachment of a message to Mattermost.
struct MattermostAttachment: Sendable {
    private struct Field: Sendable {
        let texts: [(name: String, text: MessageTemplate)]
        let isShort: Bool?
    }

    static let names = [
        "fallback", "color", "pretext", "text", "author_name", "author_link", "author_icon", "title", "title_link",
        "thumb_url", "footer", "footer_icon", "image_url",
    ]

    private let texts: [(name: String, text: MessageTemplate)]
    private let fields: [Field]

    init(_ context: IntegrationContext) {
        texts = MattermostAttachment.names.map { ($0, context.text($0)) }
        fields = context.sections("fields").map { section in
            defer { section.reader.finish() }
            return Field(
                texts: ["title", "value"].map { ($0, section.text($0)) }, isShort: section.reader.bool("short"))
        }
        context.reader.finish()
    }

    func write(_ render: MessageRenderer, to writer: inout JSONWriter) throws {
        try writer.object { writer in
            for (name, text) in try render(texts) { writer.memberUnlessEmpty(name, text) }
            guard !fields.isEmpty else { return }
            writer.name("fields")
            try writer.array { writer in
                for field in fields {
                    try writer.object { writer in
                        for (name, text) in try render(field.texts) { writer.memberUnlessEmpty(name, text) }
                        if let isShort = field.isShort { writer.member("short", isShort) }
                    }
                }
            }
        }
    }
}

/// How loudly Mattermost tells of a message.
struct MattermostPriority: Sendable {
    private let word: MessageTemplate
    private let asksAnswer: Bool
    private let persists: Bool

    init(_ context: IntegrationContext) {
        word = context.text("priority")
        asksAnswer = context.reader.bool("requested_ack") ?? false
        persists = context.reader.bool("persistent_notifications") ?? false
        context.reader.finish()
    }

    /// Whether nothing is ever said of it.
    var isEmpty: Bool { word.isEmpty }

    /// The vendor takes only three words, and the flags only with some of them.
    func write(_ render: MessageRenderer, to writer: inout JSONWriter) throws {
        guard !word.isEmpty else { return }
        let wanted = try render(word).lowercased()
        let word = ["urgent", "important"].contains(wanted) ? wanted : "standard"
        writer.name("priority")
        writer.object { writer in
            writer.member("priority", word)
            if asksAnswer, word != "standard" { writer.member("requested_ack", true) }
            if persists, word == "urgent" { writer.member("persistent_notifications", true) }
        }
    }
}
