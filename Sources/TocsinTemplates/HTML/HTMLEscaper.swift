/// How a value is made safe for its place: the escapers of Go's `html/template`.
enum HTMLEscaper: Hashable, Sendable {
    case text, rcdata, attribute, unquotedAttribute, attributeName, comment
    case urlFilter, urlNormalizer, url, srcset
    case jsValue, jsString, jsRegexp
    case cssValue, cssString
    /// The functions of the same names, where a template calls them itself.
    case html, urlquery

    /// What a value that must not stand somewhere is replaced with.
    static let failsafe = "ZgotmplZ"

    private enum Kind { case plain, html, url }

    /// The text of a value that stands in its place.
    func escape(_ value: TemplateValue) -> String {
        switch self {
        case .jsValue: return Self.scriptValue(value)
        case .html: return Self.escapeText(Self.shown(value))
        case .urlquery: return TextFunctions.escapeQuery(Self.shown(value))
        default: break
        }
        let (text, kind) = Self.text(of: value)
        switch self {
        case .text: return kind == .html ? text : HTMLTables.replace(text, HTMLTables.html)
        case .rcdata: return HTMLTables.replace(text, kind == .html ? HTMLTables.htmlNormal : HTMLTables.html)
        case .attribute:
            return kind == .html
                ? HTMLTables.replace(HTMLTags.strip(text), HTMLTables.htmlNormal)
                : HTMLTables.replace(text, HTMLTables.html)
        case .unquotedAttribute:
            let table = kind == .html ? HTMLTables.unquotedNormal : HTMLTables.unquoted
            return HTMLTables.replaceUnquoted(kind == .html ? HTMLTags.strip(text) : text, table)
        case .attributeName: return Self.attributeName(text)
        case .urlFilter: return kind == .url || URLEscaping.isSafe(text) ? text : "#" + Self.failsafe
        case .urlNormalizer: return URLEscaping.process(text, keepsReserved: true)
        case .url: return URLEscaping.process(text, keepsReserved: kind == .url)
        case .srcset: return URLEscaping.srcset(text, isURL: kind == .url)
        case .jsString: return HTMLTables.replaceScript(text, HTMLTables.jsString)
        case .jsRegexp:
            let escaped = HTMLTables.replaceScript(text, HTMLTables.jsRegexp)
            return escaped.isEmpty ? "(?:)" : escaped
        case .cssString: return StyleEscaping.escape(text)
        case .cssValue: return StyleEscaping.filter(text)
        case .comment, .jsValue, .html, .urlquery: return ""
        }
    }

    private static func text(of value: TemplateValue) -> (String, Kind) {
        switch value {
        case .none, .null: ("", .plain)
        case .html(let text): (text, .html)
        case .url(let text): (text, .url)
        default: (GoFormatter.text(value), .plain)
        }
    }

    private static func shown(_ value: TemplateValue) -> String {
        switch value {
        case .none, .null: "<no value>"
        default: GoFormatter.text(value)
        }
    }

    private static func attributeName(_ text: String) -> String {
        let name = text.lowercased()
        let isPlain = !name.isEmpty && name.utf8.allSatisfy { HTMLBytes.isAlphanumeric($0) }
        return isPlain && AttributeTypes.kind(of: name) == .plain ? name : failsafe
    }

    /// The value as JSON, with space around it where it could grow together with what stands beside it.
    private static func scriptValue(_ value: TemplateValue) -> String {
        let json: String
        switch value {
        case .duration, .month, .weekday: json = GoJSON.encode(.string(GoFormatter.text(value)))
        case .map(let map) where map.isLabels: json = GoJSON.encode(.string(GoFormatter.text(value)))
        case .list(let list) where list.element == .pairs: json = GoJSON.encode(.string(GoFormatter.text(value)))
        default: json = GoJSON.encode(value)
        }
        let ends = [json.utf8.first, json.utf8.last].compactMap { $0 }
        return ends.contains(where: ScriptTransitions.isIdentifierPart) ? " \(json) " : json
    }

    // MARK: - The functions `html` and `js`

    static func escapeText(_ text: String) -> String { HTMLTables.replace(text, HTMLTables.function) }

    static func escapeScript(_ text: String) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\", "'", "\"":
                out += "\\" + String(scalar)
            case "<", ">", "&", "=", "\u{00}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16, uppercase: true)
                out += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            case _ where scalar.value >= 0x80 && GoFormatter.quote(String(scalar)).hasPrefix("\"\\"):
                let digits = String(scalar.value, radix: 16, uppercase: true)
                out += "\\u" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
