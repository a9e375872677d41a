/// Reads matchers by the rules that Alertmanager had alone before 0.27 (`pkg/labels/parse.go`).
///
/// They are lenient: braces need no partner, a value needs no quotes and may be missing, and a backslash that escapes
/// nothing stands for itself, for patterns such as `\d`. Names are those of the classic alphabet.
enum ClassicMatcherReader {
    /// Reads matchers separated by commas outside of quotes.
    static func readAll(_ text: String) throws(MatcherError) -> [Matcher] {
        var rest = text.unicodeScalars[...]
        if rest.first == "{" { rest.removeFirst() }
        if rest.last == "}" { rest.removeLast() }
        var matchers: [Matcher] = []
        var start = rest.startIndex
        var isQuoted = false
        var isEscaped = false
        for index in rest.indices {
            switch rest[index] {
            case "," where !isQuoted:
                // What came before does not count: a backslash before the comma still escapes what follows it.
                matchers.append(try readOne(Substring(rest[start..<index])))
                start = rest.index(after: index)
            case "\"":
                if !isEscaped { isQuoted.toggle() }
                isEscaped = false
            case "\\": isEscaped.toggle()
            default: isEscaped = false
            }
        }
        let last = trimmed(rest[start...]) { $0.properties.isWhitespace }
        if !last.isEmpty { matchers.append(try readOne(Substring(last))) }
        return matchers
    }

    /// Reads one matcher: a name, a comparison and the rest as its value.
    static func readOne(_ text: Substring) throws(MatcherError) -> Matcher {
        var rest = trimmed(text.unicodeScalars, isSpace)
        let name = rest.prefix(while: isNamePart)
        rest = trimmed(rest.dropFirst(name.count), isSpace)
        guard let first = name.first, !("0"..."9").contains(first), let comparison = comparison(rest) else {
            throw MatcherError(message: "bad matcher format: \(text)")
        }
        rest = trimmed(rest.dropFirst(comparison.rawValue.unicodeScalars.count), isSpace)
        return try Matcher(name: String(name), comparison: comparison, value: try value(rest))
    }

    private static func comparison(_ text: Substring.UnicodeScalarView) -> Matcher.Comparison? {
        for comparison in [Matcher.Comparison.fits, .equal, .notEqual, .fitsNot]
        where text.starts(with: comparison.rawValue.unicodeScalars) {
            return comparison
        }
        return nil
    }

    /// Takes away quotes and escapes, as OpenMetrics has them.
    private static func value(_ text: Substring.UnicodeScalarView) throws(MatcherError) -> String {
        let misplaced = MatcherError(message: "matcher value contains unescaped double quote: \(String(text))")
        var rest = text
        var isOpen = rest.first == "\""
        if isOpen { rest.removeFirst() }
        var value = String.UnicodeScalarView()
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\\": value.append(contentsOf: unescape(rest.popFirst()))
            case "\"":
                guard isOpen, rest.isEmpty else { throw misplaced }
                isOpen = false
            default: value.append(scalar)
            }
        }
        guard !isOpen else { throw misplaced }
        return String(value)
    }

    private static func unescape(_ scalar: Unicode.Scalar?) -> [Unicode.Scalar] {
        switch scalar {
        case "n": ["\n"]
        case "\"": ["\""]
        case "\\": ["\\"]
        case let other?: ["\\", other]
        case nil: ["\\"]
        }
    }

    private static func trimmed(
        _ text: Substring.UnicodeScalarView, _ isSpace: (Unicode.Scalar) -> Bool
    ) -> Substring.UnicodeScalarView {
        var rest = text.drop(while: isSpace)
        while let last = rest.last, isSpace(last) { rest.removeLast() }
        return rest
    }

    /// Only what `\s` fits in Go's patterns.
    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        scalar == " " || scalar == "\t" || scalar == "\n" || scalar == "\u{0C}" || scalar == "\r"
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_", ":": true
        default: false
        }
    }
}
