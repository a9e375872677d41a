import TocsinAlerts

/// Prints values as Go's `fmt` package does.
struct GoFormatter {
    /// The flags, the width and the precision of a verb.
    struct Directive {
        var plus = false
        var minus = false
        var sharp = false
        var space = false
        var zero = false
        /// `%+v` and `%#v`, which mean other things than a plus or a sharp of other verbs.
        var hasNames = false
        var isSource = false
        var width: Int?
        var precision: Int?
    }

    /// As in Go, wider fields are refused.
    static let maximumWidth = 1_000_000

    var out: [UInt8] = []
    var directive = Directive()

    /// A text in quotes: `strconv.Quote`.
    static func quote(_ text: String) -> String { GoQuoting.quote(text) }

    /// One value as an action prints it.
    static func text(_ value: TemplateValue) -> String {
        if let text = value.text { return text }
        var formatter = GoFormatter()
        // Actions print what a pointer points at.
        formatter.append(value, verb: "v", isNested: true)
        return formatter.string
    }

    /// Go's `Sprint`: spaces stand between values of which neither is a text.
    static func print(_ values: [TemplateValue]) -> String {
        if values.count == 1, let text = values[0].text { return text }
        var formatter = GoFormatter()
        var wasText = true
        for (index, value) in values.enumerated() {
            let isText = value.text != nil
            if index > 0, !isText, !wasText { formatter.out.append(0x20) }
            formatter.append(value, verb: "v")
            wasText = isText
        }
        return formatter.string
    }

    /// Go's `Sprintln`.
    static func println(_ values: [TemplateValue]) -> String {
        var formatter = GoFormatter()
        for (index, value) in values.enumerated() {
            if index > 0 { formatter.out.append(0x20) }
            formatter.append(value, verb: "v")
        }
        return formatter.string + "\n"
    }

    var string: String { String(decoding: out, as: UTF8.self) }

    mutating func append(_ text: String) { out += text.utf8 }

    // MARK: - Values

    mutating func append(_ value: TemplateValue, verb: Character, isNested: Bool = false) {
        if verb == "T", !isNested { return appendPadded(value.typeName) }
        if case .none = value { return append(.null, verb: verb, isNested: isNested) }
        if case .null = value {
            if verb == "v" { return appendPadded(isNested && directive.isSource ? "interface {}(nil)" : "<nil>") }
            return append("%!\(verb)(<nil>)")
        }
        if let text = described(value), "vsxXq".contains(verb), !directive.isSource {
            return append(text: text, verb: verb, value)
        }
        switch value {
        case .bool(let flag):
            guard verb == "t" || verb == "v" else { return appendBad(verb, value) }
            appendPadded(flag ? "true" : "false")
        case .int, .duration, .month, .weekday: append(integer: value.integer ?? 0, verb: verb, value)
        case .float(let number): append(float: number, verb: verb, value)
        case .string(let text), .html(let text), .url(let text): append(text: text, verb: verb, value)
        case .list(let list): append(list, verb: verb)
        case .map(let map): append(map, verb: verb)
        case .object(let object):
            if !isNested, object.typeName.hasPrefix("*") { append("&") }
            append(object, verb: verb)
        case .time(let time): append(text: time.description, verb: verb == "v" ? "s" : verb, value)
        case .none, .null: break
        }
    }

    /// What values with a `String` method say of themselves.
    private func described(_ value: TemplateValue) -> String? {
        switch value {
        case .time(let time): time.description
        case .duration(let nanoseconds): GoDuration.text(nanoseconds)
        case .month(let month): TemplateTime.name(ofMonth: month)
        case .weekday(let day): TemplateTime.name(ofWeekday: day)
        case .map(let map) where map.isLabels:
            // Alertmanager since 0.26; before, it printed them as any other map.
            LabelOrder.sorted(map.entries).map { "\($0.name)=\(Self.text($0.value))" }.joined(separator: ", ")
        case .list(let list) where list.element == .pairs:
            list.values.map(Self.pairText).joined(separator: ", ")
        default: nil
        }
    }

    private static func pairText(_ pair: TemplateValue) -> String {
        guard case .object(let object) = pair else { return "" }
        return object.members.map { text($0.value) }.joined(separator: "=")
    }

    private mutating func append(_ list: TemplateList, verb: Character) {
        let isSource = directive.isSource
        append(isSource ? list.element.rawValue + "{" : "[")
        for (index, element) in list.values.enumerated() {
            if index > 0 { append(isSource ? ", " : " ") }
            append(element, verb: verb, isNested: true)
        }
        append(isSource ? "}" : "]")
    }

    private mutating func append(_ map: TemplateMap, verb: Character) {
        let isSource = directive.isSource
        append(isSource ? map.typeName + "{" : "map[")
        for (index, entry) in map.entries.enumerated() {
            if index > 0 { append(isSource ? ", " : " ") }
            append(.string(entry.name), verb: verb, isNested: true)
            append(":")
            append(entry.value, verb: verb, isNested: true)
        }
        append(isSource ? "}" : "]")
    }

    private mutating func append(_ object: TemplateObject, verb: Character) {
        let isSource = directive.isSource
        let hasNames = isSource || directive.hasNames
        append(isSource ? object.typeName.drop { $0 == "*" } + "{" : "{")
        for (index, member) in object.members.enumerated() {
            if index > 0 { append(isSource ? ", " : " ") }
            if hasNames { append(member.name + ":") }
            append(member.value, verb: verb, isNested: true)
        }
        append("}")
    }

    private mutating func appendBad(_ verb: Character, _ value: TemplateValue) {
        append("%!\(verb)(\(value.typeName)=")
        let outer = directive
        directive = Directive()
        if let text = value.text {
            append(text)
        } else {
            append(value, verb: "v")
        }
        directive = outer
        append(")")
    }

    // MARK: - Texts and numbers

    private mutating func append(text: String, verb: Character, _ value: TemplateValue) {
        switch verb {
        case "v" where directive.isSource: appendPadded(Self.quote(text))
        case "v", "s": appendPadded(truncated(text))
        case "q":
            let text = truncated(text)
            let canBeRaw = !text.unicodeScalars.contains {
                $0 == "`" || ($0.value < 0x20 && $0 != "\t") || $0 == "\u{7F}"
            }
            appendPadded(directive.sharp && canBeRaw ? "`\(text)`" : quoted(text))
        case "x", "X": appendPadded(hexadecimal(text, isUpper: verb == "X"))
        default: appendBad(verb, value)
        }
    }

    /// In quotes; with a plus, what is not ASCII is written as escapes.
    private func quoted(_ text: String) -> String {
        let quoted = Self.quote(text)
        guard directive.plus else { return quoted }
        var out = ""
        for scalar in quoted.unicodeScalars {
            guard scalar.value >= 0x80 else {
                out.unicodeScalars.append(scalar)
                continue
            }
            let digits = String(scalar.value, radix: 16)
            let width = scalar.value < 0x1_0000 ? 4 : 8
            out += (width == 4 ? "\\u" : "\\U") + String(repeating: "0", count: width - digits.utf8.count) + digits
        }
        return out
    }

    private func truncated(_ text: String) -> String {
        guard let precision = directive.precision else { return text }
        return String(String.UnicodeScalarView(text.unicodeScalars.prefix(precision)))
    }

    private func hexadecimal(_ text: String, isUpper: Bool) -> String {
        let bytes = text.utf8.prefix(directive.precision ?? .max)
        let prefix = directive.sharp ? (isUpper ? "0X" : "0x") : ""
        let digits = bytes.map { byte in
            (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: isUpper)
        }
        guard directive.space else { return digits.isEmpty ? "" : prefix + digits.joined() }
        return digits.map { prefix + $0 }.joined(separator: " ")
    }

    private mutating func append(integer value: Int, verb: Character, _ original: TemplateValue) {
        switch verb {
        case "v", "d": append(integer: value, radix: 10, prefix: "")
        case "b": append(integer: value, radix: 2, prefix: directive.sharp ? "0b" : "")
        case "o": append(integer: value, radix: 8, prefix: directive.sharp ? "0" : "")
        case "O": append(integer: value, radix: 8, prefix: "0o")
        case "x": append(integer: value, radix: 16, prefix: directive.sharp ? "0x" : "")
        case "X": append(integer: value, radix: 16, prefix: directive.sharp ? "0X" : "", isUpper: true)
        case "c": appendPadded(String(Self.scalar(value)))
        case "q":
            let quoted = quoted(String(Self.scalar(value))).dropFirst().dropLast()
            appendPadded("'" + (value == 39 ? "\\'" : quoted == "\\\"" ? "\"" : String(quoted)) + "'")
        case "U":
            let digits = String(Int64(value), radix: 16, uppercase: true)
            let name = directive.sharp ? " '\(Self.scalar(value))'" : ""
            appendPadded("U+" + String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits + name)
        default: appendBad(verb, original)
        }
    }

    private static func scalar(_ value: Int) -> Character {
        Character(UInt32(exactly: value).flatMap(Unicode.Scalar.init) ?? "\u{FFFD}")
    }

    private mutating func append(integer value: Int, radix: Int, prefix: String, isUpper: Bool = false) {
        let sign = value < 0 ? "-" : directive.plus ? "+" : directive.space ? " " : ""
        var digits = String(value.magnitude, radix: radix, uppercase: isUpper)
        var minimum = directive.precision ?? 0
        if directive.precision == 0, value == 0 { digits = "" }
        if directive.precision == nil, directive.zero, let width = directive.width {
            minimum = width - sign.utf8.count
        }
        digits = String(repeating: "0", count: max(0, minimum - digits.utf8.count)) + digits
        let keepsZero = directive.zero
        directive.zero = false
        appendPadded(sign + prefix + digits)
        directive.zero = keepsZero
    }

    private mutating func append(float value: Double, verb: Character, _ original: TemplateValue) {
        let format: Character
        var precision = directive.precision
        switch verb {
        case "v", "g", "G": format = "g"
        case "e", "E":
            format = "e"
            precision = precision ?? 6
        case "f", "F":
            format = "f"
            precision = precision ?? 6
        default: return appendBad(verb, original)
        }
        var number = GoFloat.format(value, format, precision: precision)
        if verb == "E" || verb == "G" { number = number.uppercased() }
        var sign = number.hasPrefix("-") ? "-" : directive.plus ? "+" : directive.space ? " " : ""
        if number.hasPrefix("-") || number.hasPrefix("+") { number.removeFirst() }
        if value == .infinity, sign.isEmpty { sign = "+" }
        let keepsZero = directive.zero
        if keepsZero, value.isFinite, let width = directive.width {
            number = String(repeating: "0", count: max(0, width - sign.utf8.count - number.utf8.count)) + number
        }
        directive.zero = false
        appendPadded(sign + number)
        directive.zero = keepsZero
    }

    mutating func appendPadded(_ text: String) {
        guard let width = directive.width else { return append(text) }
        let padding = max(0, width - text.unicodeScalars.count)
        let fill = repeatElement(UInt8(ascii: directive.zero && !directive.minus ? "0" : " "), count: padding)
        if !directive.minus { out += fill }
        append(text)
        if directive.minus { out += fill }
    }
}
