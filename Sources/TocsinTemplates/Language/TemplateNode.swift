/// A text that templates were read from.
final class TemplateSource: Sendable {
    let name: String
    let bytes: [UInt8]

    init(name: String, text: String) {
        self.name = name
        bytes = Array(text.utf8)
    }

    /// The line and column of a place, both from 1.
    func position(of offset: Int) -> (line: Int, column: Int) {
        let before = bytes[..<min(offset, bytes.count)]
        let lineStart = before.lastIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? 0
        return (before.count { $0 == UInt8(ascii: "\n") } + 1, before.count - lineStart + 1)
    }

    func error(_ kind: TemplateError.Kind, at offset: Int, _ detail: String) -> TemplateError {
        let (line, column) = position(of: offset)
        return TemplateError(kind: kind, source: name, line: line, column: column, detail: detail)
    }
}

/// A part of a source, which errors point at.
struct TemplateSpan: Sendable {
    let source: TemplateSource
    let start: Int
    let end: Int

    var text: String {
        String(decoding: source.bytes[start..<max(start, min(end, source.bytes.count))], as: UTF8.self)
    }

    func error(_ kind: TemplateError.Kind, _ detail: String) -> TemplateError {
        source.error(kind, at: start, detail)
    }
}

/// A named template.
final class TemplateDefinition: Sendable {
    let name: String
    let body: [TemplateNode]

    init(name: String, body: [TemplateNode]) {
        self.name = name
        self.body = body
    }

    /// Whether there is nothing in it but space; such a definition does not replace another.
    var isEmpty: Bool {
        body.allSatisfy { node in
            guard case .text(let bytes) = node else { return false }
            return bytes.allSatisfy { TemplateLexer.isSpace($0) || $0 == 0x0B || $0 == 0x0C }
        }
    }
}

enum TemplateNode: Sendable {
    case text([UInt8])
    case action(TemplatePipeline)
    case branch(TemplateBranch)
    case call(TemplateCall)
    case breakLoop(TemplateSpan)
    case continueLoop(TemplateSpan)
}

/// `if`, `with` or `range`.
final class TemplateBranch: Sendable {
    enum Kind: String, Sendable {
        case ifTrue = "if"
        case with
        case range
    }

    let kind: Kind
    let pipeline: TemplatePipeline
    let body: [TemplateNode]
    let otherwise: [TemplateNode]

    init(kind: Kind, pipeline: TemplatePipeline, body: [TemplateNode], otherwise: [TemplateNode]) {
        self.kind = kind
        self.pipeline = pipeline
        self.body = body
        self.otherwise = otherwise
    }
}

/// `{{ template "name" pipeline }}`.
final class TemplateCall: Sendable {
    let span: TemplateSpan
    let name: String
    let pipeline: TemplatePipeline?

    init(span: TemplateSpan, name: String, pipeline: TemplatePipeline?) {
        self.span = span
        self.name = name
        self.pipeline = pipeline
    }
}

/// Commands, each of which gets the value of the one before as its last argument.
final class TemplatePipeline: Sendable {
    let span: TemplateSpan
    let variables: [String]
    let isAssignment: Bool
    let commands: [TemplateCommand]
    /// What HTML templates do to the value before they print it.
    let escapers: [HTMLEscaper]

    init(
        span: TemplateSpan, variables: [String] = [], isAssignment: Bool = false, commands: [TemplateCommand],
        escapers: [HTMLEscaper] = []
    ) {
        self.span = span
        self.variables = variables
        self.isAssignment = isAssignment
        self.commands = commands
        self.escapers = escapers
    }
}

/// An operand, or a function or method with its arguments.
final class TemplateCommand: Sendable {
    let operands: [TemplateOperand]

    init(operands: [TemplateOperand]) { self.operands = operands }
}

/// A value in a command.
final class TemplateOperand: Sendable {
    enum Kind: Sendable {
        case dot
        case null
        case constant(TemplateValue)
        case function(TemplateFunction)
        /// `.a.b`
        case field([String])
        /// `$x.a.b`
        case variable(String, [String])
        /// `(…).a.b`, `"x".a`
        case chain(TemplateOperand, [String])
        case pipeline(TemplatePipeline)
    }

    let kind: Kind
    let span: TemplateSpan

    init(_ kind: Kind, _ span: TemplateSpan) {
        self.kind = kind
        self.span = span
    }

    /// Whether Go refuses it as a later stage of a pipeline.
    var isPlainValue: Bool {
        switch kind {
        case .dot, .null, .constant: true
        default: false
        }
    }
}
