/// Chooses whether a text is written plainly, in quotes or as a block, as Go's YAML writer chooses.
///
/// Format: `gopkg.in/yaml.v2` 2.4, emitterc.go, `yaml_emitter_analyze_scalar`.
struct GoYAMLText {
    private var isPlainInFlow = true
    private var isPlainInBlock = true
    private var isSingleQuoted = true
    private var isBlock = true

    /// A value of a mapping or list whose entries start at a column.
    static func value(_ text: String, indent: Int) -> String {
        let allowed = GoYAMLText(text)
        if text.utf8.contains(UInt8(ascii: "\n")) {
            return allowed.isBlock ? block(text, indent: indent) : doubleQuoted(text)
        }
        if GoYAMLScalar.needsQuotes(text) { return doubleQuoted(text) }
        if allowed.isPlainInBlock { return text }
        return allowed.isSingleQuoted ? singleQuoted(text) : doubleQuoted(text)
    }

    /// A name, or a value on one line with others.
    static func key(_ text: String) -> String {
        let allowed = GoYAMLText(text)
        if text.utf8.contains(UInt8(ascii: "\n")) || GoYAMLScalar.needsQuotes(text) { return doubleQuoted(text) }
        if allowed.isPlainInBlock, allowed.isPlainInFlow { return text }
        return allowed.isSingleQuoted ? singleQuoted(text) : doubleQuoted(text)
    }

    private init(_ text: String) {
        var scan = Scan()
        let scalars = Array(text.unicodeScalars)
        if text.hasPrefix("---") || text.hasPrefix("...") { scan.forbidPlain() }
        for (index, scalar) in scalars.enumerated() {
            scan.take(
                scalar, isFirst: index == 0, isLast: index == scalars.count - 1,
                next: index + 1 < scalars.count ? scalars[index + 1] : nil)
        }
        if scan.hasEdgeSpace || scan.hasBreak || scan.hasBreakThenSpace {
            isPlainInFlow = false
            isPlainInBlock = false
        }
        if scan.endsWithSpace { isBlock = false }
        if scan.hasBreakThenSpace { isSingleQuoted = false }
        if scan.hasSpaceThenBreak || scan.hasSpecial {
            isPlainInFlow = false
            isPlainInBlock = false
            isSingleQuoted = false
            isBlock = false
        }
        if scan.hasFlowIndicator { isPlainInFlow = false }
        if scan.hasBlockIndicator { isPlainInBlock = false }
    }

    private static func singleQuoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }

    private static func block(_ text: String, indent: Int) -> String {
        let scalars = Array(text.unicodeScalars)
        var out = "|"
        if let first = scalars.first, first == " " || isBreak(first) { out += "2" }
        if let last = scalars.last, !isBreak(last) {
            out += "-"
        } else if scalars.count == 1 || isBreak(scalars[scalars.count - 2]) {
            out += "+"
        }
        let margin = String(repeating: " ", count: indent + 2)
        var isLineStart = true
        out += "\n"
        for scalar in scalars {
            if isBreak(scalar) {
                isLineStart = true
            } else if isLineStart {
                out += margin
                isLineStart = false
            }
            out.unicodeScalars.append(scalar)
        }
        // The line feed behind the value is written by whoever writes the value.
        if isBreak(scalars[scalars.count - 1]) { out.unicodeScalars.removeLast() }
        return out
    }

    private static let escapes: [UInt32: String] = [
        0: "0", 7: "a", 8: "b", 9: "t", 10: "n", 11: "v", 12: "f", 13: "r", 27: "e", 0x22: "\"", 0x5C: "\\", 0x85: "N",
        0xA0: "_", 0x2028: "L", 0x2029: "P",
    ]

    private static func doubleQuoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            let isSafe = isPrintable(scalar) && !isBreak(scalar) && scalar != "\"" && scalar != "\\"
            if isSafe {
                out.unicodeScalars.append(scalar)
            } else if let letter = escapes[scalar.value] {
                out += "\\" + letter
            } else {
                let digits = String(scalar.value, radix: 16, uppercase: true)
                let (letter, width) = scalar.value <= 0xFF ? ("x", 2) : scalar.value <= 0xFFFF ? ("u", 4) : ("U", 8)
                out += "\\" + letter + String(repeating: "0", count: max(0, width - digits.count)) + digits
            }
        }
        return out + "\""
    }

    fileprivate static func isBreak(_ scalar: Unicode.Scalar) -> Bool {
        ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"].contains(scalar)
    }

    /// Characters of four bytes are not among them: Go escapes those.
    fileprivate static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x0A, 0x20...0x7E, 0xA0...0xD7FF, 0xE000...0xFEFE, 0xFF00...0xFFFD: true
        default: false
        }
    }
}

/// What a text has in it that matters to how it can be written.
private struct Scan {
    var hasBlockIndicator = false
    var hasFlowIndicator = false
    var hasBreak = false
    var hasSpecial = false
    var hasEdgeSpace = false
    var endsWithSpace = false
    var hasBreakThenSpace = false
    var hasSpaceThenBreak = false
    private var followsBlank = true
    private var followsSpace = false
    private var followsBreak = false

    mutating func forbidPlain() {
        hasBlockIndicator = true
        hasFlowIndicator = true
    }

    mutating func take(_ scalar: Unicode.Scalar, isFirst: Bool, isLast: Bool, next: Unicode.Scalar?) {
        let precedesBlank = next.map { $0 == " " || $0 == "\t" } ?? true
        if isFirst {
            takeFirst(scalar, precedesBlank: precedesBlank)
        } else {
            takeInner(scalar, precedesBlank: precedesBlank)
        }
        if !GoYAMLText.isPrintable(scalar) { hasSpecial = true }
        let isSpace = scalar == " "
        let isBreak = GoYAMLText.isBreak(scalar)
        if isSpace || isBreak, isFirst || isLast { hasEdgeSpace = true }
        if isSpace {
            if isLast { endsWithSpace = true }
            if followsBreak { hasBreakThenSpace = true }
        } else if isBreak {
            hasBreak = true
            if followsSpace { hasSpaceThenBreak = true }
        }
        followsSpace = isSpace
        followsBreak = isBreak
        followsBlank = isSpace || isBreak || scalar == "\t" || scalar == "\0"
    }

    private mutating func takeFirst(_ scalar: Unicode.Scalar, precedesBlank: Bool) {
        switch scalar {
        case "#", ",", "[", "]", "{", "}", "&", "*", "!", "|", ">", "'", "\"", "%", "@", "`": forbidPlain()
        case "?", ":":
            hasFlowIndicator = true
            if precedesBlank { hasBlockIndicator = true }
        case "-" where precedesBlank: forbidPlain()
        default: break
        }
    }

    private mutating func takeInner(_ scalar: Unicode.Scalar, precedesBlank: Bool) {
        switch scalar {
        case ",", "?", "[", "]", "{", "}": hasFlowIndicator = true
        case ":":
            hasFlowIndicator = true
            if precedesBlank { hasBlockIndicator = true }
        case "#" where followsBlank: forbidPlain()
        default: break
        }
    }
}
