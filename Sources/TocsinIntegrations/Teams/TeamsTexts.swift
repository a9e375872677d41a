import TocsinAlerts

/// A message as Alertmanager sends it to Teams, all of whose texts are templates.
///
/// Sources: <https://learn.microsoft.com/en-us/outlook/actionable-messages/message-card-reference>; Alertmanager 0.34,
/// `notify/msteams/msteams.go` and `notify/msteamsv2/msteamsv2.go`.
struct TeamsTexts: Sendable {
    /// The vendor names none; more than this is no title.
    private static let titleLimit = 1000

    private let form: TeamsIntegration.Form
    private let title: MessageTemplate
    private let text: MessageTemplate
    private let summary: MessageTemplate

    /// Reads the settings.
    ///
    /// - Returns: `nil` if they do not ask for this form, which a connector's messages always have.
    init?(_ context: IntegrationContext, form: TeamsIntegration.Form) {
        let name = form == .messageCard ? "msteams" : "msteamsv2"
        guard form == .messageCard || context.wantsTexts(["title", "text"], of: name) else { return nil }
        self.form = form
        title = context.text("title", template: "\(name).default.title")
        text = context.text("text", template: "\(name).default.text")
        summary =
            form == .messageCard ? context.text("summary", template: "msteams.default.summary") : MessageTemplate("")
    }

    /// The message; a text that makes it too large is cut.
    func encode(_ render: MessageRenderer, isFiring: Bool, mention: TeamsMention?) throws -> [UInt8] {
        let title = Truncation.scalars(try render(title), limit: TeamsTexts.titleLimit)
        let summary = Truncation.scalars(try render(summary), limit: TeamsTexts.titleLimit)
        var text = Truncation.bytes(try render(text), limit: TeamsCard.limit)
        while true {
            let bytes =
                form == .messageCard
                ? messageCard(title, summary, text, isFiring: isFiring)
                : adaptiveCard(title, text, isFiring: isFiring, mention: mention)
            let excess = bytes.count - TeamsCard.limit
            // An escape may be six bytes for one, so cutting the excess is never too much and soon enough.
            guard excess > 0, !text.isEmpty else { return bytes }
            let limit = text.utf8.count - max(1, excess / 6)
            text = limit > 3 ? Truncation.escaped(text, limit: limit, in: .bytes) : ""
        }
    }

    private func messageCard(_ title: String, _ summary: String, _ text: String, isFiring: Bool) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("@context", "http://schema.org/extensions")
            writer.member("type", "MessageCard")
            writer.member("title", title)
            writer.member("summary", summary)
            writer.member("text", text)
            writer.member("themeColor", isFiring ? "8C1A1A" : "2DC72D")
        }
        return writer.bytes
    }

    private func adaptiveCard(
        _ title: String, _ text: String, isFiring: Bool, mention: TeamsMention?
    ) -> [UInt8] {
        TeamsEnvelope.encode(version: "1.2", width: "full", mention: mention) { writer in
            writer.name("body")
            writer.array { writer in
                writer.object { writer in
                    writer.member("type", "TextBlock")
                    writer.member("text", title)
                    for (name, value) in [("weight", "Bolder"), ("size", "Medium"), ("style", "heading")] {
                        writer.member(name, value)
                    }
                    writer.member("color", isFiring ? "Attention" : "Good")
                    writer.member("wrap", true)
                }
                mention?.writeBlock(to: &writer)
                writer.object { writer in
                    writer.member("type", "TextBlock")
                    writer.member("text", text)
                    writer.member("wrap", true)
                }
            }
        }
    }
}
