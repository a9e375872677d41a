import TocsinAlerts

/// A message in Telegram's own form, in the HTML that bots may send.
///
/// Limit: 4,096 UTF-16 code units; Telegram does not count the tags, which are counted here
/// (<https://core.telegram.org/bots/api#html-style>).
enum TelegramMessage {
    private static let limit = 4096

    /// - Parameter mention: Who is called, such as `@user`.
    static func html(_ message: AlertMessage, mention: String?) -> String {
        var text = BoundedText(limit: limit, in: .utf16)
        text.add(escaped(mention ?? "", limit: 200))
        text.add("<b>" + escaped(message.titleLine, limit: 300) + "</b>")
        text.add(code(message.factLine))
        text.add(links(message.links), reserve: 600)
        text.add(message) { item in
            "<b>" + escaped(item.headline, limit: 400) + "</b>"
        } details: { item in
            [escaped(PlainText.printable(item.detail ?? ""), limit: 1000), code(PlainText.line(item.labels))]
                + item.links.map { links([$0]) }
        }
        return text.text
    }

    /// A text in HTML as plain text, for when Telegram does not take the HTML.
    static func withoutTags(_ html: String) -> String {
        var out = ""
        var isTag = false
        for character in html {
            switch character {
            case "<": isTag = true
            case ">" where isTag: isTag = false
            default: if !isTag { out.append(character) }
            }
        }
        for (reference, text) in [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#34;", "\""), ("&#39;", "'")] {
            out = out.replacing(reference, with: text)
        }
        return out.replacing("&amp;", with: "&")
    }

    private static func code(_ text: String) -> String {
        text.isEmpty ? "" : "<code>" + escaped(text, limit: 500) + "</code>"
    }

    private static func links(_ links: [AlertMessage.Link]) -> String {
        links.map { "<a href=\"\(escaped($0.url, limit: .max))\">\($0.title)</a>" }.joined(separator: " · ")
    }

    private static func escaped(_ text: String, limit: Int) -> String {
        Truncation.escaped(text, limit: limit, in: .utf16) { scalar in
            switch scalar {
            case "&": "&amp;"
            case "<": "&lt;"
            case ">": "&gt;"
            case "\"": "&quot;"
            default: nil
            }
        }
    }
}
