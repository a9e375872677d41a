/// Reads matchers by the rules that Alertmanager has since 0.27 (`matcher/parse/parse.go`).
///
/// Names and values may be any text: in quotes with the escapes of Go, or bare without any reserved character.
struct MatcherReader {
    private var lexer: MatcherLexer
    private var next: MatcherLexer.Token?

    init(_ text: String) { lexer = MatcherLexer(text) }

    /// Reads matchers separated by commas, in braces or not; one comma may stand behind the last.
    mutating func readAll() throws(MatcherError) -> [Matcher] {
        var matchers: [Matcher] = []
        next = try lexer.read()
        let isBraced = next == .openBrace
        if isBraced { next = try lexer.read() }
        while next != nil, next != .closeBrace {
            matchers.append(try readOne())
            guard next == .comma else { break }
            next = try lexer.read()
        }
        if isBraced {
            guard next == .closeBrace else { throw MatcherError(message: "expected close brace") }
            next = try lexer.read()
        }
        guard next == nil else { throw MatcherError(message: "expected end of input") }
        return matchers
    }

    private mutating func readOne() throws(MatcherError) -> Matcher {
        let name = try takeText(orThrow: "expected label name")
        guard case .comparison(let comparison)? = next else {
            throw MatcherError(message: "expected an operator such as '=', '!=', '=~' or '!~'")
        }
        next = try lexer.read()
        let value = try takeText(orThrow: "expected label value")
        return try Matcher(name: name, comparison: comparison, value: value)
    }

    private mutating func takeText(orThrow message: String) throws(MatcherError) -> String {
        guard case .text(let text)? = next else { throw MatcherError(message: message) }
        next = try lexer.read()
        return text
    }
}
