/// How a vendor's markup writes a message.
///
/// What alerts say is escaped, cut to one line and never stands at a line's start, where Markdown knows headings, lists
/// and quotes.
struct Markup: Sendable {
    /// What stands between a scalar that starts something and what follows, so that it does not: invisible, and no space.
    static let joiner = "\u{2060}"

    private static let titleLimit = 300
    private static let lineLimit = 1000
    private static let longestLink = 1000

    /// What lengths are counted in.
    let unit: TextUnit
    /// Whether `:fire:` would be a picture.
    let readsPictures: Bool
    /// What ends each line before its line feed.
    let lineEnd: String
    /// What stands for a scalar that means something; `nil` for itself.
    let escape: @Sendable (Unicode.Scalar) -> String?
    /// Makes what is escaped stand out.
    let emphasise: @Sendable (String) -> String
    /// Writes a link, whose parts are not escaped yet.
    let link: @Sendable (AlertMessage.Link) -> String

    /// No markup at all.
    ///
    /// - Parameter broken: What is kept from starting something, such as a mention, where the text is handed on.
    static func plain(in unit: TextUnit, breaking broken: Unicode.Scalar? = nil) -> Markup {
        Markup(
            unit: unit, readsPictures: false, lineEnd: "", escape: { $0 == broken ? "\($0)" + joiner : nil },
            emphasise: { $0 },
            link: { "\($0.title): \($0.url)" })
    }

    /// A text of the alerts in one line, escaped.
    func line(_ text: String, limit: Int = lineLimit) -> String {
        let plain = PlainText.line(text)
        let read = readsPictures ? plain.replacing(#/:(?=[A-Za-z0-9_+\-]+:)/#, with: ":" + Markup.joiner) : plain
        return Truncation.escaped(read, limit: limit, in: unit, by: escape)
    }

    /// The title in one line, escaped.
    func title(_ message: AlertMessage) -> String { line(message.titleLine, limit: Markup.titleLimit) }

    /// The whole message.
    ///
    /// - Parameters:
    ///   - limit: The most units of it.
    ///   - hasTitle: Whether its title is its first line.
    func text(_ message: AlertMessage, limit: Int, hasTitle: Bool) -> String {
        // Whatever else is long, the first alert finds its place.
        let lineLimit = min(Markup.lineLimit, limit / 3)
        var out = BoundedText(limit: limit, in: unit)
        if hasTitle { out.add(emphasise(title(message)) + lineEnd) }
        let facts = line(message.factLine, limit: lineLimit / 2)
        if !facts.isEmpty { out.add("› " + facts + lineEnd) }
        out.add(links(message.links), reserve: lineLimit + 100)
        out.add(message) {
            line($0.headline, limit: lineLimit) + lineEnd
        } details: { item in
            let lines = [line(item.detail ?? "", limit: lineLimit), line(item.labels, limit: lineLimit)]
            return lines.filter { !$0.isEmpty }.map { "› " + $0 + lineEnd } + [links(item.links)]
        }
        return out.text
    }

    private func links(_ links: [AlertMessage.Link]) -> String {
        let written = links.map(link).filter { unit.count($0) <= Markup.longestLink }
        return written.isEmpty ? "" : "› " + written.joined(separator: " · ") + lineEnd
    }
}

extension AlertMessage.Link {
    /// The address where a parenthesis would end it.
    var addressInParentheses: String { url.replacing("(", with: "%28").replacing(")", with: "%29") }
}
