public import TocsinCore

/// Why a template could not be read or rendered, and where.
public struct TemplateError: CodedError, Hashable {
    /// The kinds of errors.
    public enum Kind: String, Sendable, Hashable {
        /// The template's text is wrong.
        case syntax = "template_syntax"
        /// The template asks for something that cannot be done.
        case execution = "template_failed"
        /// It cannot be told how to escape a value in HTML.
        case escaping = "template_escaping"
        /// It needs more than it may have.
        case limit = "template_limit"
    }

    /// What kind of error it is.
    public var kind: Kind { content.kind }
    /// The name of the source: a file or a field.
    public var source: String { content.source }
    /// The line, from 1.
    public var line: Int { content.line }
    /// The column in bytes, from 1.
    public var column: Int { content.column }
    /// What is wrong, in the words of Go's template packages where there are any; no values, only their types.
    public var detail: String { content.detail }

    /// Kept apart, because every call of a deep recursion has room for an error on its stack.
    private final class Content: Sendable {
        let kind: Kind
        let source: String
        let line: Int
        let column: Int
        let detail: String

        init(_ kind: Kind, _ source: String, _ line: Int, _ column: Int, _ detail: String) {
            self.kind = kind
            self.source = source
            self.line = line
            self.column = column
            self.detail = detail
        }
    }

    private let content: Content

    init(kind: Kind, source: String, line: Int, column: Int, detail: String) {
        content = Content(kind, source, line, column, detail)
    }

    /// Whether both say the same.
    public static func == (left: TemplateError, right: TemplateError) -> Bool {
        left.kind == right.kind && left.message == right.message
    }

    /// Hashes what it says.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(kind)
        hasher.combine(message)
    }

    /// A stable word for the kind.
    public var code: String { kind.rawValue }

    /// Where and what.
    public var message: String { "template: \(source):\(line):\(column): \(detail)" }
}
