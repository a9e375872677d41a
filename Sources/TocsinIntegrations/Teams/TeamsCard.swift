import TocsinAlerts
import TocsinRouting

/// A message in the form of an Adaptive Card 1.5, as workflows post them to Teams.
///
/// What alerts say stands in runs of text, in which nothing is markup. The whole message may have 28 KB.
///
/// Sources: <https://adaptivecards.io/explorer/RichTextBlock.html>,
/// <https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>,
/// <https://learn.microsoft.com/en-us/microsoftteams/platform/task-modules-and-cards/cards/cards-format#user-mention-in-incoming-webhook-with-adaptive-cards>.
struct TeamsCard {
    /// The most bytes of a message.
    static let limit = 28 * 1024
    private static let shownLinks = 6

    private let message: AlertMessage
    private let mention: TeamsMention?
    private let shown: Int

    /// The largest message that fits, with fewer alerts if there is no room for all.
    static func encode(_ message: AlertMessage, mention: TeamsMention?) -> [UInt8] {
        var shown = message.items.count
        while true {
            let bytes = TeamsCard(message: message, mention: mention, shown: shown).encode()
            if bytes.count <= limit || shown == 0 { return bytes }
            shown = shown > 4 ? shown * 3 / 4 : shown - 1
        }
    }

    private func encode() -> [UInt8] {
        TeamsEnvelope.encode(version: "1.5", width: "Full", mention: mention) { writer in
            writer.name("body")
            writer.array { writer in writeBody(to: &writer) }
            guard !message.links.isEmpty else { return }
            writer.name("actions")
            writer.array { writer in
                for link in message.links.prefix(TeamsCard.shownLinks) {
                    writer.object { writer in
                        writer.member("type", "Action.OpenUrl")
                        writer.member("title", link.title)
                        writer.member("url", link.url)
                    }
                }
            }
        }
    }

    private func writeBody(to writer: inout JSONWriter) {
        let isFiring = message.status == .firing
        text(
            message.titleLine, limit: 300,
            [("size", "Medium"), ("weight", "Bolder"), ("color", isFiring ? colour : "Good")],
            to: &writer)
        mention?.writeBlock(to: &writer)
        if !message.factLine.isEmpty { text(message.factLine, limit: 1000, [("fontType", "Monospace")], to: &writer) }
        for item in message.items.prefix(shown) {
            writer.object { writer in
                writer.member("type", "Container")
                writer.member("separator", true)
                writer.name("items")
                writer.array { writer in write(item, to: &writer) }
            }
        }
        if let line = message.omittedLine(and: message.items.count - shown) { text(line, limit: 100, to: &writer) }
    }

    private func write(_ item: AlertMessage.Item, to writer: inout JSONWriter) {
        text(item.headline, limit: 400, [("weight", "Bolder")], to: &writer)
        text(PlainText.printable(item.detail ?? ""), limit: 1000, to: &writer)
        text(PlainText.line(item.labels), limit: 500, [("fontType", "Monospace")], to: &writer)
        guard !item.links.isEmpty else { return }
        writer.object { writer in
            writer.member("type", "ActionSet")
            writer.name("actions")
            writer.array { writer in
                for link in item.links {
                    writer.object { writer in
                        writer.member("type", "Action.OpenUrl")
                        writer.member("title", link.title)
                        writer.member("url", link.url)
                    }
                }
            }
        }
    }

    private var colour: String {
        switch message.severity {
        case .critical, .error: "Attention"
        case .warning: "Warning"
        case .info, .none: "Accent"
        }
    }

    private func text(
        _ text: String, limit: Int, _ style: [(String, String)] = [], to writer: inout JSONWriter
    ) {
        guard !text.isEmpty else { return }
        writer.object { writer in
            writer.member("type", "RichTextBlock")
            writer.name("inlines")
            writer.array { writer in
                writer.object { writer in
                    writer.member("type", "TextRun")
                    writer.member("text", TeamsCard.literal(Truncation.escaped(text, limit: limit)))
                    for (name, value) in style { writer.member(name, value) }
                }
            }
        }
    }

    /// Clients put dates in place of `{{DATE(…)}}`, also where nothing else is markup.
    private static func literal(_ text: String) -> String { text.replacing("{{", with: "{\u{200B}{") }
}
