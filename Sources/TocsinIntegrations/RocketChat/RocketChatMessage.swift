import TocsinAlerts

/// A message to Rocket.Chat in a form of its own: one text, since an attachment cannot be changed later.
///
/// What alerts say stands in a block of code: versions of Rocket.Chat differ in what a backslash does, but none knows
/// markup in there. Limit: 5,000 characters, a server's own default (`Message_MaxAllowedSize`), counted as JavaScript does.
enum RocketChatMessage {
    private static let textLimit = 4900
    private static let titleLimit = 300
    private static let lineLimit = 1000

    /// - Parameter mention: Who is to be called, in Rocket.Chat's own form.
    static func text(_ message: AlertMessage, mention: String?) -> String {
        let sign = message.status == .firing ? "🔥" : "✅"
        let links = self.links(message)
        let head = (mention.map { sign + " " + $0 } ?? sign) + "\n```\n"
        let tail = "\n```" + (links.isEmpty ? "" : "\n" + links)
        let room = textLimit - head.utf16.count - tail.utf16.count
        var block = BoundedText(limit: room, in: .utf16)
        block.add(line(message.titleLine, limit: titleLimit))
        block.add(line(message.factLine))
        block.add(message) {
            line($0.headline)
        } details: { item in
            let own = item.links.map { "\($0.title): \($0.url)" }
            return ([line(item.detail ?? ""), line(item.labels)].filter { !$0.isEmpty } + own).map { "  " + $0 }
        }
        return head + block.text + tail
    }

    /// A backquote would end the block, and older servers look for names in blocks as well.
    private static func line(_ text: String, limit: Int = lineLimit) -> String {
        Truncation.escaped(PlainText.line(text), limit: limit, in: .utf16) { scalar in
            scalar == "`" || scalar == "@" ? String(scalar) + Markup.joiner : nil
        }
    }

    private static func links(_ message: AlertMessage) -> String {
        message.links.filter { $0.url.utf16.count <= 1000 }.map { "[\($0.title)](\($0.addressInParentheses))" }
            .joined(separator: " · ")
    }
}
