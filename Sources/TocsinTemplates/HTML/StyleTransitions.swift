/// How CSS changes the context.
enum StyleTransitions {
    static func code(_ context: HTMLContext, _ text: ArraySlice<UInt8>) -> HTMLTransitions.Step {
        var place = text.startIndex
        while let special = HTMLBytes.first(of: "(\"'/", in: text, from: place) {
            let following = special + 1 < text.endIndex ? text[special + 1] : 0
            switch text[special] {
            case UInt8(ascii: "\""): return (HTMLTransitions.changed(context, to: .cssDoubleQuoted), special + 1)
            case UInt8(ascii: "'"): return (HTMLTransitions.changed(context, to: .cssSingleQuoted), special + 1)
            case UInt8(ascii: "(") where endsWithURL(text[..<special]):
                let start = HTMLBytes.skipSpace(text, from: special + 1)
                switch start < text.endIndex ? text[start] : 0 {
                case UInt8(ascii: "\""): return (HTMLTransitions.changed(context, to: .cssDoubleQuotedURL), start + 1)
                case UInt8(ascii: "'"): return (HTMLTransitions.changed(context, to: .cssSingleQuotedURL), start + 1)
                default: return (HTMLTransitions.changed(context, to: .cssURL), start)
                }
            case UInt8(ascii: "/") where following == UInt8(ascii: "/"):
                return (HTMLTransitions.changed(context, to: .cssLineComment), special + 2)
            case UInt8(ascii: "/") where following == UInt8(ascii: "*"):
                return (HTMLTransitions.changed(context, to: .cssBlockComment), special + 2)
            default: break
            }
            place = special + 1
        }
        return (context, text.endIndex)
    }

    /// Whether a text ends with the word `url`, in any case.
    private static func endsWithURL(_ text: ArraySlice<UInt8>) -> Bool {
        var end = text.endIndex
        while end > text.startIndex, HTMLBytes.isSpace(text[end - 1]) { end -= 1 }
        let start = end - 3
        guard start >= text.startIndex, HTMLBytes.has("url".utf8, in: text[..<end], at: start) else { return false }
        return start == text.startIndex || !isNamePart(text[start - 1])
    }

    /// A byte of a name; parts of characters beyond ASCII are.
    static func isNamePart(_ byte: UInt8) -> Bool {
        HTMLBytes.isAlphanumeric(byte) || byte == UInt8(ascii: "-") || byte == UInt8(ascii: "_") || byte >= 0x80
    }

    static func string(_ context: HTMLContext, _ text: ArraySlice<UInt8>) throws(HTMLProblem) -> HTMLTransitions.Step {
        let specials: StaticString =
            switch context.state {
            case .cssDoubleQuoted, .cssDoubleQuotedURL: "\\\""
            case .cssSingleQuoted, .cssSingleQuotedURL: "\\'"
            default: "\\\t\n\u{0C}\r )"
            }
        var context = context
        var place = text.startIndex
        while let special = HTMLBytes.first(of: specials, in: text, from: place) {
            guard text[special] == UInt8(ascii: "\\") else {
                return (HTMLTransitions.changed(context, to: .css), special + 1)
            }
            guard special + 1 < text.endIndex else { throw HTMLProblem("unfinished escape sequence in CSS string") }
            context = HTMLTransitions.url(context, decode(text[..<(special + 2)]))
            place = special + 2
        }
        return (HTMLTransitions.url(context, decode(text[place...])), text.endIndex)
    }

    /// The text without CSS escapes.
    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var out: [UInt8] = []
        var rest = text
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\") else {
                out.append(byte)
                continue
            }
            let digits = rest.prefix(6).prefix(while: HTMLBytes.isHexadecimal)
            guard !digits.isEmpty else {
                if let escaped = rest.popFirst() { out.append(escaped) }
                continue
            }
            var length = digits.count
            var value = UInt32(String(decoding: digits, as: UTF8.self), radix: 16) ?? 0
            if value > 0x10FFFF {
                value /= 16
                length -= 1
            }
            out += Array(String(Character(Unicode.Scalar(value) ?? "\u{FFFD}")).utf8)
            rest = rest.dropFirst(length)
            if rest.starts(with: [0x0D, 0x0A]) {
                rest = rest.dropFirst(2)
            } else if let next = rest.first, HTMLBytes.isSpace(next) {
                rest = rest.dropFirst()
            }
        }
        return out
    }
}
