extension GoFormatter {
    /// Go's `Sprintf`, its complaints about wrong verbs and arguments included.
    static func printf(_ format: String, _ arguments: [TemplateValue]) -> String {
        var formatter = GoFormatter()
        var reader = FormatReader(format, arguments)
        reader.run(&formatter)
        return formatter.string
    }
}

/// Reads a format and takes the arguments that it asks for.
private struct FormatReader {
    private let format: [Unicode.Scalar]
    private let arguments: [TemplateValue]
    private var index = 0
    private var argument = 0
    /// Whether the format names arguments by number, which may leave some out.
    private var isReordered = false
    private var hasBadIndex = false
    private var isBehindIndex = false

    init(_ format: String, _ arguments: [TemplateValue]) {
        self.format = Array(format.unicodeScalars)
        self.arguments = arguments
    }

    mutating func run(_ formatter: inout GoFormatter) {
        while index < format.count {
            guard format[index] == "%" else {
                formatter.append(String(format[index]))
                index += 1
                continue
            }
            index += 1
            formatter.directive = GoFormatter.Directive()
            hasBadIndex = false
            readFlags(&formatter.directive)
            readIndex()
            readWidth(&formatter)
            readPrecision(&formatter)
            if !isBehindIndex { readIndex() }
            isBehindIndex = false
            guard index < format.count else {
                formatter.append("%!(NOVERB)")
                break
            }
            let verb = Character(format[index])
            index += 1
            apply(verb, &formatter)
        }
        guard !isReordered, argument < arguments.count else { return }
        appendExtra(&formatter)
    }

    private mutating func apply(_ verb: Character, _ formatter: inout GoFormatter) {
        if verb == "%" {
            formatter.append("%")
        } else if hasBadIndex {
            formatter.append("%!\(verb)(BADINDEX)")
        } else if argument >= arguments.count {
            formatter.append("%!\(verb)(MISSING)")
        } else {
            argument += 1
            if verb == "v" {
                formatter.directive.hasNames = formatter.directive.plus
                formatter.directive.isSource = formatter.directive.sharp
                formatter.directive.plus = false
                formatter.directive.sharp = false
            }
            formatter.append(arguments[argument - 1], verb: verb)
        }
    }

    private mutating func readFlags(_ directive: inout GoFormatter.Directive) {
        while index < format.count {
            switch format[index] {
            case "#": directive.sharp = true
            case "0": directive.zero = !directive.minus
            case "+": directive.plus = true
            case "-":
                directive.minus = true
                directive.zero = false
            case " ": directive.space = true
            default: return
            }
            index += 1
        }
    }

    private mutating func readNumber() -> Int? {
        var value: Int?
        while index < format.count, let digit = Int(String(format[index])), format[index].isASCII {
            value = (value ?? 0) * 10 + digit
            index += 1
            guard value ?? 0 <= GoFormatter.maximumWidth else {
                // As in Go: the rest of the format is lost.
                index = format.count
                return nil
            }
        }
        return value
    }

    /// Reads `[2]`, which makes the second argument the next.
    private mutating func readIndex() {
        guard index < format.count, format[index] == "[" else { return }
        isReordered = true
        isBehindIndex = true
        let end = format[index...].firstIndex(of: "]")
        index += 1
        let start = index
        let number = readNumber()
        if let number, let end, index == end, index > start, number >= 1, number <= arguments.count {
            argument = number - 1
        } else {
            hasBadIndex = true
        }
        index = end.map { $0 + 1 } ?? index
    }

    private mutating func readWidth(_ formatter: inout GoFormatter) {
        guard index < format.count, format[index] == "*" else {
            formatter.directive.width = readNumber()
            if formatter.directive.width != nil, isBehindIndex { hasBadIndex = true }
            return
        }
        index += 1
        isBehindIndex = false
        guard let width = takeInteger() else { return formatter.append("%!(BADWIDTH)") }
        formatter.directive.width = abs(width)
        if width < 0 {
            formatter.directive.minus = true
            formatter.directive.zero = false
        }
    }

    private mutating func readPrecision(_ formatter: inout GoFormatter) {
        guard index < format.count, format[index] == "." else { return }
        index += 1
        if isBehindIndex { hasBadIndex = true }
        readIndex()
        if index < format.count, format[index] == "*" {
            index += 1
            isBehindIndex = false
            guard let precision = takeInteger(), precision >= 0 else { return formatter.append("%!(BADPREC)") }
            formatter.directive.precision = precision
        } else {
            formatter.directive.precision = readNumber() ?? 0
        }
    }

    private mutating func takeInteger() -> Int? {
        guard argument < arguments.count else { return nil }
        argument += 1
        guard let value = arguments[argument - 1].integer, abs(value) <= GoFormatter.maximumWidth else { return nil }
        return value
    }

    private func appendExtra(_ formatter: inout GoFormatter) {
        formatter.directive = GoFormatter.Directive()
        formatter.append("%!(EXTRA ")
        for (offset, value) in arguments[argument...].enumerated() {
            if offset > 0 { formatter.append(", ") }
            switch value {
            case .none, .null: formatter.append("<nil>")
            default:
                formatter.append(value.typeName + "=")
                formatter.append(value, verb: "v")
            }
        }
        formatter.append(")")
    }
}
