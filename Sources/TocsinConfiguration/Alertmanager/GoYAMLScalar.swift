import Foundation

/// What Go's YAML reader takes a single value for, because Alertmanager's files mean what it says they mean.
///
/// Rules of `gopkg.in/yaml.v2`, resolve.go: YAML 1.1 with `yes` and `on`, but no numbers to the base 60.
enum GoYAMLScalar: Equatable {
    case null
    case bool(Bool)
    case integer(Int64)
    case fraction(Double)
    case timestamp
    case merge
    case text

    /// The tag as messages show it.
    var tag: String {
        switch self {
        case .null: "!!null"
        case .bool: "!!bool"
        case .integer: "!!int"
        case .fraction: "!!float"
        case .timestamp: "!!timestamp"
        case .merge: "!!merge"
        case .text: "!!str"
        }
    }

    private static let words: [String: GoYAMLScalar] = {
        var words: [String: GoYAMLScalar] = ["<<": .merge]
        for word in ["y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"] {
            words[word] = .bool(true)
        }
        for word in ["n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"] {
            words[word] = .bool(false)
        }
        for word in ["", "~", "null", "Null", "NULL"] { words[word] = .null }
        for word in [".nan", ".NaN", ".NAN"] { words[word] = .fraction(.nan) }
        for word in [".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"] { words[word] = .fraction(.infinity) }
        for word in ["-.inf", "-.Inf", "-.INF"] { words[word] = .fraction(-.infinity) }
        return words
    }()

    /// Finds out what a value without quotes is.
    static func resolve(_ text: String) -> GoYAMLScalar {
        if let word = words[text] { return word }
        guard let first = text.utf8.first else { return .null }
        switch first {
        case UInt8(ascii: "."): return Double(text).map { .fraction($0) } ?? .text
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"):
            return isTimestamp(text) ? .timestamp : number(text.replacing("_", with: ""))
        default: return .text
        }
    }

    private static func number(_ text: String) -> GoYAMLScalar {
        if let integer = integer(text) { return .integer(integer) }
        let isFraction = text.wholeMatch(of: #/[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?/#) != nil
        guard isFraction, let number = Double(text) ?? Double(text.replacing(".e", with: "e").trimmingSuffix("."))
        else {
            return .text
        }
        return .fraction(number)
    }

    /// As Go's `strconv.ParseInt` with the base 0: `0x`, `0o`, `0b` and a leading zero say the base.
    private static func integer(_ text: String) -> Int64? {
        let isNegative = text.hasPrefix("-")
        let digits = isNegative || text.hasPrefix("+") ? text.dropFirst() : text[...]
        guard let first = digits.utf8.first, (0x30...0x39).contains(first) else { return nil }
        let bases: [String: Int] = ["0x": 16, "0o": 8, "0b": 2]
        var body = digits
        var base = 10
        if let named = bases[digits.prefix(2).lowercased()] {
            base = named
            body = digits.dropFirst(2)
        } else if first == UInt8(ascii: "0"), digits.count > 1 {
            base = 8
            body = digits.dropFirst()
        }
        guard let sign = body.utf8.first, sign != UInt8(ascii: "-"), sign != UInt8(ascii: "+") else { return nil }
        return Int64((isNegative ? "-" : "") + body, radix: base)
    }

    /// The dates that Go's YAML reader knows: `2026-1-2`, alone or with a time.
    private static func isTimestamp(_ text: String) -> Bool {
        let pattern =
            #/[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt][0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]+)?(Z|[-+][0-9]{2}:[0-9]{2})|\x20[0-9]{1,2}:[0-9]{1,2}:[0-9]{1,2}(\.[0-9]+)?)?/#
        return text.wholeMatch(of: pattern) != nil
    }

    /// Whether a text would be read back as something else unless it is put in quotes.
    static func needsQuotes(_ text: String) -> Bool {
        // Numbers to the base 60 are read by others, so Go quotes them although it does not read them itself.
        resolve(text) != .text
            || text.wholeMatch(of: #/[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?/#) != nil
    }
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) : self
    }
}
