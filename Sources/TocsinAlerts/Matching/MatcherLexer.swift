/// Cuts a list of matchers into its parts by the rules of Alertmanager's `matcher/parse/lexer.go`.
struct MatcherLexer {
    /// A part of a list of matchers.
    enum Token: Equatable {
        case openBrace
        case closeBrace
        case comma
        case comparison(Matcher.Comparison)
        /// A name or a value, without its quotes.
        case text(String)
    }

    private var rest: Substring.UnicodeScalarView

    init(_ text: String) { rest = text.unicodeScalars[...] }

    /// Whether a scalar can stand in a name or a value only in quotes.
    static func isReserved(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "{", "}", "!", "=", "~", ",", "\\", "\"", "'", "`": true
        default: scalar.properties.isWhitespace
        }
    }

    /// The next part, or `nil` at the end.
    mutating func read() throws(MatcherError) -> Token? {
        rest = rest.drop { $0.properties.isWhitespace }
        guard let first = rest.first else { return nil }
        if !MatcherLexer.isReserved(first) {
            let word = rest.prefix { !MatcherLexer.isReserved($0) }
            rest = rest.dropFirst(word.count)
            return .text(String(word))
        }
        rest.removeFirst()
        switch first {
        case "{": return .openBrace
        case "}": return .closeBrace
        case ",": return .comma
        case "=": return .comparison(take("~") ? .fits : .equal)
        case "!": return .comparison(try negation())
        case "\"": return .text(try quoted())
        default: throw MatcherError(message: "\(first): invalid input")
        }
    }

    private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard rest.first == wanted else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func negation() throws(MatcherError) -> Matcher.Comparison {
        if take("=") { return .notEqual }
        guard take("~") else { throw MatcherError(message: "!: expected one of '=~'") }
        return .fitsNot
    }

    /// Reads up to the closing quote, as Go's `strconv.Unquote` does.
    private mutating func quoted() throws(MatcherError) -> String {
        var bytes: [UInt8] = []
        while let scalar = rest.popFirst() {
            switch scalar {
            case "\"":
                guard let text = String(validating: bytes, as: UTF8.self) else {
                    throw MatcherError(message: "a quoted text is not UTF-8")
                }
                return text
            case "\n": throw MatcherError(message: "a quoted text has a line feed in it")
            case "\\": bytes += try escape()
            default: bytes += Array(String(Character(scalar)).utf8)
            }
        }
        throw MatcherError(message: "missing end \"")
    }

    private mutating func escape() throws(MatcherError) -> [UInt8] {
        switch rest.popFirst() {
        case "a": return [7]
        case "b": return [8]
        case "f": return [12]
        case "n": return [10]
        case "r": return [13]
        case "t": return [9]
        case "v": return [11]
        case "\\": return [92]
        case "\"": return [34]
        case "x": return [UInt8(truncatingIfNeeded: try number(digits: 2, radix: 16))]
        case "u": return try scalar(digits: 4)
        case "U": return try scalar(digits: 8)
        case let digit? where ("0"..."7").contains(digit): return [try octal(after: digit)]
        default: throw MatcherError(message: "invalid escape")
        }
    }

    private mutating func octal(after first: Unicode.Scalar) throws(MatcherError) -> UInt8 {
        let value = (first.value - 48) * 64 + (try number(digits: 2, radix: 8))
        guard let byte = UInt8(exactly: value) else { throw MatcherError(message: "invalid escape") }
        return byte
    }

    private mutating func scalar(digits: Int) throws(MatcherError) -> [UInt8] {
        guard let scalar = Unicode.Scalar(try number(digits: digits, radix: 16)) else {
            throw MatcherError(message: "invalid escape")
        }
        return Array(String(Character(scalar)).utf8)
    }

    private mutating func number(digits: Int, radix: Int) throws(MatcherError) -> UInt32 {
        let text = rest.prefix(digits)
        rest = rest.dropFirst(digits)
        // A sign would be taken for part of the number.
        guard text.count == digits, text.first?.properties.isASCIIHexDigit == true,
            let value = UInt32(String(text), radix: radix)
        else { throw MatcherError(message: "invalid escape") }
        return value
    }
}
