import TocsinAlerts
import TocsinCore

/// A message in Discord's own form: one embed.
///
/// Limits: 256 characters for a title, 4,096 for a description, 25 fields of 256 and 1,024, 6,000 over all of them
/// (<https://discord.com/developers/docs/resources/message#embed-object-embed-limits>). Counted in UTF-16, which is never
/// less than what Discord counts.
struct DiscordMessage: Sendable {
    private static let titleLimit = 256
    private static let descriptionLimit = 4096
    private static let fieldsLimit = 1500
    private static let shownFields = 12

    /// Writes the member `embeds`.
    static func write(_ message: AlertMessage, at time: Timestamp, to writer: inout JSONWriter) {
        writer.name("embeds")
        writer.array { writer in
            writer.object { writer in
                writer.member("title", escaped(message.titleLine, limit: titleLimit))
                writer.memberUnlessEmpty("description", description(message))
                writer.member("color", message.colour)
                writer.member("timestamp", time.rfc3339)
                writeFields(message.facts, to: &writer)
            }
        }
    }

    private static func writeFields(_ facts: [Label], to writer: inout JSONWriter) {
        var left = fieldsLimit
        let fields = facts.prefix(shownFields).compactMap { fact -> (name: String, value: String)? in
            let name = escaped(PlainText.line(fact.name, orElse: "?"), limit: 100)
            let value = escaped(PlainText.line(fact.value, orElse: "?"), limit: 300)
            left -= name.utf16.count + value.utf16.count
            return left >= 0 ? (name, value) : nil
        }
        guard !fields.isEmpty else { return }
        writer.name("fields")
        writer.array { writer in
            for field in fields {
                writer.object { writer in
                    writer.member("name", field.name)
                    writer.member("value", field.value)
                    writer.member("inline", true)
                }
            }
        }
    }

    private static func description(_ message: AlertMessage) -> String {
        var text = BoundedText(limit: descriptionLimit, in: .utf16)
        text.add(links(message.links), reserve: 600)
        text.add(message) { item in
            "**" + escaped(item.headline, limit: 400) + "**"
        } details: { item in
            let detail = escaped(PlainText.printable(item.detail ?? ""), limit: 1000)
            let labels = escaped(PlainText.line(item.labels), limit: 400)
            return [detail, labels] + item.links.map { links([$0]) }
        }
        return text.text
    }

    private static func links(_ links: [AlertMessage.Link]) -> String {
        links.map { "[\($0.title)](<\($0.url)>)" }.joined(separator: " · ")
    }

    /// Discord takes any mark behind a backslash for itself.
    private static func escaped(_ text: String, limit: Int) -> String {
        Truncation.escaped(text, limit: limit, in: .utf16) { scalar in
            "\\`*_~|<>[]()#-+@".unicodeScalars.contains(scalar) ? "\\" + String(scalar) : nil
        }
    }
}
