/// Texts as HTML, which is the one form of a comment in which nothing that alerts say means anything.
///
/// A plain comment may be read as Markdown, and placeholders such as `{{ticket.requester.email}}` are filled in.
enum ZendeskText {
    /// The vendor's limit is 64 KiB.
    private static let limit = 60_000
    private static let lineBreak = "<br>"

    /// A text with several lines.
    static func html(_ text: String) -> String {
        Truncation.escaped(text, limit: limit, in: .bytes) { $0 == "\n" ? lineBreak : escape($0) }
    }

    /// The alerts, with their links.
    static func html(_ message: AlertMessage, title: String?) -> String {
        var text = BoundedText(limit: limit / 2, in: .bytes)
        if let title { text.add("<b>\(line(title))</b>" + lineBreak) }
        text.add(
            message, headline: { "<b>\(line($0.ticketLine))</b>" + lineBreak },
            details: { item in item.ticketFacts.map { html($0) + lineBreak } + item.links.map(anchor) })
        let facts = Truncation.characters(message.factLine, limit: 1000)
        if !facts.isEmpty { text.add(line(facts) + lineBreak) }
        for link in message.links { text.add(anchor(link)) }
        return text.text
    }

    private static func anchor(_ link: AlertMessage.Link) -> String {
        "<a href=\"\(line(link.url))\">\(line(link.title))</a>" + lineBreak
    }

    private static func line(_ text: String) -> String {
        Truncation.escaped(text, limit: limit, in: .bytes, by: escape)
    }

    private static func escape(_ scalar: Unicode.Scalar) -> String? {
        switch scalar {
        case "&": "&amp;"
        case "<": "&lt;"
        case ">": "&gt;"
        case "\"": "&quot;"
        case "'": "&#39;"
        // Placeholders are looked for before HTML is read.
        case "{": "&#123;"
        case "}": "&#125;"
        default: nil
        }
    }
}
