public import TocsinCore

/// Why a text is no regular expression, in the words of Go's `regexp` package.
public struct RE2Error: CodedError, Hashable {
    /// What is wrong with the pattern, without the pattern.
    public struct Reason: Sendable, Hashable {
        /// The reason as Go words it.
        public let text: String

        init(_ text: String) { self.text = text }

        static let characterRange = Reason("invalid character class range")
        static let escape = Reason("invalid escape sequence")
        static let groupName = Reason("invalid named capture")
        static let perlSyntax = Reason("invalid or unsupported Perl syntax")
        static let nestedRepetition = Reason("invalid nested repetition operator")
        static let repeatCount = Reason("invalid repeat count")
        static let missingBracket = Reason("missing closing ]")
        static let missingParenthesis = Reason("missing closing )")
        static let missingArgument = Reason("missing argument to repetition operator")
        static let trailingBackslash = Reason("trailing backslash at end of expression")
        static let unexpectedParenthesis = Reason("unexpected )")
        static let nesting = Reason("expression nests too deeply")
        static let size = Reason("expression too large")
    }

    /// What is wrong.
    public let reason: Reason
    /// The part of the pattern that is wrong.
    public let fragment: String

    /// Always `regex_invalid`.
    public var code: String { "regex_invalid" }

    /// The sentence that Go prints, such as ``error parsing regexp: missing closing ]: `[a)$` ``.
    public var message: String { "error parsing regexp: \(reason.text): `\(fragment)`" }
}
