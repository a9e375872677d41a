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
        case .equal: ExactText(actual) == ExactText(value)
        case .notEqual: ExactText(actual) != ExactText(value)
        case .fits: pattern?.matches(actual) ?? false
        case .fitsNot: !(pattern?.matches(actual) ?? true)
        }
    }

    /// All values that meet the condition, if those are few enough to be listed; `nil` otherwise.
    ///
    /// An index can hold what asks for one of them, instead of asking each matcher.
    public var values: [String]? {
        switch comparison {
        case .equal: [value]
        case .fits: pattern?.texts
        case .notEqual, .fitsNot: nil
        }
    }

    /// The matcher in the form in which Alertmanager shows it, also in group keys; reading it gives the matcher again.
    public var text: String {
        guard name.isEmpty || name.unicodeScalars.contains(where: MatcherLexer.isReserved) else {
            return name + comparison.rawValue + "\"" + Matcher.escape(value) + "\""
        }
        return GoQuoting.quote(name) + comparison.rawValue + GoQuoting.quote(value)
    }

    /// As OpenMetrics escapes a text: only what would end it or begin an escape, and line feeds.
    private static func escape(_ text: String) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\\": out.append(contentsOf: "\\\\".unicodeScalars)
            case "\"": out.append(contentsOf: "\\\"".unicodeScalars)
            case "\n": out.append(contentsOf: "\\n".unicodeScalars)
            default: out.append(scalar)
            }
        }
        return String(out)
    }
}

extension Matcher: Comparable {
    /// By name, then value, then comparison in the order `=`, `!=`, `=~`, `!~`, as Alertmanager sorts matchers.
    public static func < (left: Matcher, right: Matcher) -> Bool {
        if !left.name.utf8.elementsEqual(right.name.utf8) {
            return left.name.utf8.lexicographicallyPrecedes(right.name.utf8)
        }
        if !left.value.utf8.elementsEqual(right.value.utf8) {
            return left.value.utf8.lexicographicallyPrecedes(right.value.utf8)
        }
        return left.comparison.place < right.comparison.place
    }

    /// By bytes, because `String` takes different spellings of a letter for the same and Alertmanager does not.
    public static func == (left: Matcher, right: Matcher) -> Bool {
        left.comparison == right.comparison && ExactText(left.name) == ExactText(right.name)
            && ExactText(left.value) == ExactText(right.value)
    }

    /// Hashes what is compared.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(comparison)
        hasher.combine(ExactText(name))
        hasher.combine(ExactText(value))
    }
}

extension Matcher.Comparison {
    fileprivate var place: Int {
        switch self {
        case .equal: 0
        case .notEqual: 1
        case .fits: 2
        case .fitsNot: 3
        }
    }
}
