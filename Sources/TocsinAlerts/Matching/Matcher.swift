public import TocsinCore

/// Why a text is no matcher.
public struct MatcherError: CodedError, Hashable {
    /// A word that scripts can match.
    public var code: String { "matcher_invalid" }
    /// A sentence for people.
    public let message: String
}

/// A condition on one label, in Alertmanager's language: `name="value"`, `!=`, `=~`, `!~`.
public struct Matcher: Sendable, Hashable {
    /// How a label's value is compared.
    public enum Comparison: String, Sendable, Hashable {
        case equal = "="
        case notEqual = "!="
        case fits = "=~"
        case fitsNot = "!~"
    }

    /// The label's name.
    public let name: String
    /// How its value is compared.
    public let comparison: Comparison
    /// The value or pattern it is compared with.
    public let value: String
    private let pattern: RE2Pattern?

    /// Makes a matcher.
    ///
    /// - Throws: ``MatcherError`` if the pattern is no regular expression.
    public init(name: String, comparison: Comparison, value: String) throws(MatcherError) {
        self.name = name
        self.comparison = comparison
        self.value = value
        guard comparison == .fits || comparison == .fitsNot else {
            pattern = nil
            return
        }
        do throws(RE2Error) {
            pattern = try RE2Pattern(value)
        } catch {
            throw MatcherError(message: error.message)
        }
    }

    /// Whether the labels meet the condition; a label that is not there has the empty value.
    public func matches(_ labels: LabelSet) -> Bool {
        let actual = labels[name] ?? ""
        return switch comparison {
        case .equal: actual == value
        case .notEqual: actual != value
        case .fits: pattern?.matches(actual) ?? false
        case .fitsNot: !(pattern?.matches(actual) ?? true)
        }
    }

    /// The matcher in the form in which Alertmanager shows it.
    public var text: String {
        let isPlain =
            name.unicodeScalars.first.map { Matcher.isNameStart($0) } ?? false
            && name.unicodeScalars.allSatisfy { Matcher.isNamePart($0) }
        return (isPlain ? name : GoQuoting.quote(name)) + comparison.rawValue + GoQuoting.quote(value)
    }

    private static func isNameStart(_ scalar: Unicode.Scalar) -> Bool {
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || scalar == "_" || scalar == ":"
    }

    private static func isNamePart(_ scalar: Unicode.Scalar) -> Bool {
        isNameStart(scalar) || ("0"..."9").contains(scalar)
    }

    /// Reads one matcher.
    ///
    /// - Throws: ``MatcherError`` that says what was expected.
    public static func parse(_ text: String) throws(MatcherError) -> Matcher {
        let all = try parseAll(text)
        guard let only = all.first, all.count == 1 else {
            throw MatcherError(message: "expected one matcher such as severity=\"critical\"")
        }
        return only
    }

    /// Reads matchers separated by commas, with or without braces around them.
    ///
    /// - Throws: ``MatcherError`` that says what was expected.
    public static func parseAll(_ text: String) throws(MatcherError) -> [Matcher] {
        var parser = MatcherParser(text)
        return try parser.parseAll()
    }
}

/// Reads matchers from a text.
private struct MatcherParser {
    private var rest: Substring.UnicodeScalarView

    init(_ text: String) { rest = Substring(text).unicodeScalars }

    private func invalid(_ what: String) -> MatcherError {
        MatcherError(message: what + "; expected a matcher such as severity=\"critical\" or instance=~\"db.*\"")
    }

    mutating func parseAll() throws(MatcherError) -> [Matcher] {
        var matchers: [Matcher] = []
        skipSpace()
        let isBraced = take("{")
        skipSpace()
        while !rest.isEmpty, rest.first != "}" {
            matchers.append(try parseOne())
            skipSpace()
            guard take(",") else { break }
            skipSpace()
        }
        if isBraced {
            guard take("}") else { throw invalid("the closing brace is missing") }
            skipSpace()
        }
        guard rest.isEmpty else { throw invalid("there is something behind the matcher") }
        return matchers
    }

    private mutating func parseOne() throws(MatcherError) -> Matcher {
        let name = rest.first == "\"" ? try quoted() : word(until: ["=", "!", "~", ",", "}", " ", "\t", "\n"])
        guard !name.isEmpty else { throw invalid("the label's name is missing") }
        skipSpace()
        let comparison = try comparison()
        skipSpace()
        let value = rest.first == "\"" ? try quoted() : word(until: [",", "}", "\""])
        return try Matcher(name: name, comparison: comparison, value: value)
    }

    private mutating func comparison() throws(MatcherError) -> Matcher.Comparison {
        if take("=") { return take("~") ? .fits : .equal }
        guard take("!") else { throw invalid("there is no =, !=, =~ or !~") }
        if take("=") { return .notEqual }
        guard take("~") else { throw invalid("there is no =, !=, =~ or !~") }
        return .fitsNot
    }

    private mutating func word(until ends: Set<Unicode.Scalar>) -> String {
        var text = String.UnicodeScalarView()
        while let next = rest.first, !ends.contains(next) {
            text.append(next)
            rest.removeFirst()
        }
        while let last = text.last, last.properties.isWhitespace { text.removeLast() }
        return String(text)
    }

    private mutating func quoted() throws(MatcherError) -> String {
        rest.removeFirst()
        var text = String.UnicodeScalarView()
        while let next = rest.popFirst() {
            if next == "\"" { return String(text) }
            guard next == "\\" else {
                text.append(next)
                continue
            }
            switch rest.popFirst() {
            case "n": text.append("\n")
            case "\"": text.append("\"")
            case "\\": text.append("\\")
            // As Alertmanager does: an escape that it does not know stays as it is, for patterns such as \d.
            case let other?:
                text.append("\\")
                text.append(other)
            case nil: throw invalid("a quoted text has no end")
            }
        }
        throw invalid("a quoted text has no end")
    }

    private mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard rest.first == wanted else { return false }
        rest.removeFirst()
        return true
    }

    private mutating func skipSpace() {
        while let next = rest.first, next.properties.isWhitespace { rest.removeFirst() }
    }
}
