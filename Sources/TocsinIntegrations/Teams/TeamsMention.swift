import TocsinAlerts

/// Who a card calls: a name in the text, and an entity that says whose it is.
struct TeamsMention: Sendable {
    private let name: String
    private let id: String

    /// - Parameter value: `Jane Doe <jane@example.com>`, or the address, or the id of the user's account, alone.
    init(_ value: String) {
        let parts = value.split(separator: "<", maxSplits: 1).map(String.init)
        let last = (parts.last ?? value).replacing(">", with: "")
        id = last.trimmingPrefix(while: \.isWhitespace).description
        let first = parts.count == 2 ? parts[0] : last
        name = PlainText.line(first).replacing("&", with: "").replacing(">", with: "")
    }

    private var text: String { "<at>\(name)</at>" }

    /// Writes the text as an element of the card's body.
    func writeBlock(to writer: inout JSONWriter) {
        writer.object { writer in
            writer.member("type", "TextBlock")
            writer.member("text", text)
            writer.member("wrap", true)
        }
    }

    /// Writes the member `entities`.
    func writeEntity(to writer: inout JSONWriter) {
        writer.name("entities")
        writer.array { writer in
            writer.object { writer in
                writer.member("type", "mention")
                writer.member("text", text)
                writer.member("mentioned", [("id", id), ("name", name)])
            }
        }
    }
}
