import TocsinAlerts
import TocsinConfiguration

/// The attachment that holds all of a message to Rocket.Chat.
struct RocketChatAttachment: Sendable {
    private struct Field: Sendable {
        let texts: [(name: String, text: MessageTemplate)]
        let isShort: Bool
    }

    private static let titleLimit = 1024

    private let title: MessageTemplate
    private let texts: [(name: String, text: MessageTemplate)]
    private let fields: [Field]
    private let actions: [[(name: String, text: MessageTemplate)]]

    init(_ context: IntegrationContext) {
        title = context.text("title", template: "rocketchat.default.title")
        texts = [
            ("title_link", context.text("title_link", template: "rocketchat.default.titlelink")),
            ("text", context.text("text", template: "rocketchat.default.text")),
            ("image_url", context.text("image_url")), ("thumb_url", context.text("thumb_url")),
            ("color", context.text("color", default: "{{ if eq .Status \"firing\" }}red{{ else }}green{{ end }}")),
        ]
        let areShort = context.reader.bool("short_fields") ?? false
        fields = context.sections("fields").map { section in
            defer { section.reader.finish() }
            return Field(
                texts: ["title", "value"].map { ($0, section.text($0)) },
                isShort: section.reader.bool("short") ?? areShort)
        }
        actions = context.sections("actions").map { section in
            // Only buttons exist, so the rest of what Alertmanager reads has no effect there either.
            for name in section.reader.names { _ = section.reader.node(name) }
            return ["text", "url", "msg"].map { ($0, section.text($0)) }
        }
    }

    func write(_ render: MessageRenderer, to writer: inout JSONWriter) throws {
        try writer.object { writer in
            writer.memberUnlessEmpty(
                "title", Truncation.scalars(try render(title), limit: RocketChatAttachment.titleLimit))
            for (name, text) in try render(texts) { writer.memberUnlessEmpty(name, text) }
            try writeFields(render, to: &writer)
            guard !actions.isEmpty else { return }
            writer.name("actions")
            try writer.array { writer in
                for action in actions {
                    try writer.object { writer in
                        writer.member("type", "button")
                        for (name, text) in try render(action) { writer.memberUnlessEmpty(name, text) }
                    }
                }
            }
        }
    }

    private func writeFields(_ render: MessageRenderer, to writer: inout JSONWriter) throws {
        guard !fields.isEmpty else { return }
        writer.name("fields")
        try writer.array { writer in
            for field in fields {
                try writer.object { writer in
                    for (name, text) in try render(field.texts) { writer.memberUnlessEmpty(name, text) }
                    writer.member("short", field.isShort)
                }
            }
        }
    }
}
