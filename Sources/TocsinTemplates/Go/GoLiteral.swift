/// Reads Go's literals.
enum GoLiteral {
    enum Number: Equatable {
        case int(Int)
        case float(Double)
        case tooLarge
        /// Such as `08`, of which Go says that it overflows.
        case notOctal
        case malformed
    }

    /// The text of a literal in double quotes or back quotes, or `nil` if it is malformed: `strconv.Unquote`.
    static func unquote(_ literal: ArraySlice<UInt8>) -> String? {
        let inner = literal.dropFirst().dropLast()
        if literal.first == UInt8(ascii: "`") {
            return String(decoding: inner.filter { $0 != 0x0D }, as: UTF8.self)
        }
        return unescape(inner, quote: UInt8(ascii: "\"")).map { String(decoding: $0.bytes, as: UTF8.self) }
    }

    /// The value of a character literal.
    static func character(_ literal: ArraySlice<UInt8>) -> UInt32? {
        guard let (bytes, count, value) = unescape(literal.dropFirst().dropLast(), quote: UInt8(ascii: "'")),
            count == 1
        else { return nil }
        return value ?? String(decoding: bytes, as: UTF8.self).unicodeScalars.first?.value
    }

    /// The bytes of a text without its escapes, how many characters it has, and the last one's number if escaped.
    private static func unescape(_ text: ArraySlice<UInt8>, quote: UInt8) -> (
        bytes: [UInt8], count: Int, value: UInt32?
    )? {
        var out: [UInt8] = []
        var count = 0
        var value: UInt32?
        var rest = text
        while let byte = rest.popFirst() {
            count += byte & 0xC0 == 0x80 ? 0 : 1
            value = nil
            guard byte == UInt8(ascii: "\\") else {
                if byte == quote || byte == 0x0A { return nil }
                out.append(byte)
                continue
            }
            guard let escaped = rest.popFirst() else { return nil }
            if let simple = simple(escaped, quote: quote) {
                out.append(simple)
                value = UInt32(simple)
                continue
            }
            guard let (number, isByte) = numeric(escaped, &rest) else { return nil }
            value = number
            if isByte {
                out.append(UInt8(truncatingIfNeeded: number))
            } else {
                guard let scalar = Unicode.Scalar(number) else { return nil }
                out += Array(String(Character(scalar)).utf8)
            }
        }
        return (out, count, value)
    }

    private static func simple(_ escaped: UInt8, quote: UInt8) -> UInt8? {
        switch Unicode.Scalar(escaped) {
        case "a": 0x07
        case "b": 0x08
        case "f": 0x0C
        case "n": 0x0A
        case "r": 0x0D
        case "t": 0x09
        case "v": 0x0B
        case "\\": escaped
        case "'", "\"": escaped == quote ? escaped : nil
        default: nil
        }
    }

    /// Reads what follows the backslash of `\101`, `\x41`, `\u0041` and `\U00000041`.
    private static func numeric(_ escaped: UInt8, _ rest: inout ArraySlice<UInt8>) -> (UInt32, isByte: Bool)? {
        let (digits, radix): (Int, Int)
        var text: [UInt8] = []
        switch Unicode.Scalar(escaped) {
        case "x": (digits, radix) = (2, 16)
        case "u": (digits, radix) = (4, 16)
        case "U": (digits, radix) = (8, 16)
        case "0"..."7":
            (digits, radix) = (2, 8)
            text = [escaped]
        default: return nil
        }
        text += rest.prefix(digits)
        guard rest.count >= digits, text.first != UInt8(ascii: "+"), text.first != UInt8(ascii: "-"),
            let value = UInt32(String(decoding: text, as: UTF8.self), radix: radix)
        else { return nil }
        rest = rest.dropFirst(digits)
        if digits == 2 { return value <= 255 ? (value, true) : nil }
        return (value, false)
    }

    /// The number of a literal, with any prefix and underscores.
    static func number(_ text: String) -> Number {
        guard !text.contains("__"), !text.hasSuffix("_") else { return .malformed }
        let plain = text.filter { $0 != "_" }
        var digits = Substring(plain)
        let sign = digits.hasPrefix("-") ? "-" : ""
        if digits.hasPrefix("-") || digits.hasPrefix("+") { digits = digits.dropFirst() }
        let lower = digits.lowercased()
        let isHexadecimal = lower.hasPrefix("0x")
        let isFloat = lower.contains(".") || lower.contains("p") || (!isHexadecimal && lower.contains("e"))
        if isFloat {
            if isHexadecimal, !lower.contains("p") { return .malformed }
            guard let value = Double(sign + digits), value.isFinite else { return .malformed }
            return .float(value)
        }
        for (prefix, radix) in [("0x", 16), ("0o", 8), ("0b", 2)] where lower.hasPrefix(prefix) {
            return integer(sign, digits.dropFirst(2), radix)
        }
        if lower.count > 1, lower.hasPrefix("0"), lower.allSatisfy({ "01234567".contains($0) }) {
            return integer(sign, digits.dropFirst(), 8)
        }
        if lower.count > 1, lower.hasPrefix("0") { return .notOctal }
        return integer(sign, digits, 10)
    }

    private static func integer(_ sign: String, _ digits: Substring, _ radix: Int) -> Number {
        guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && $0.isHexDigit }) else { return .malformed }
        if let value = Int(sign + digits, radix: radix) { return .int(value) }
        return digits.allSatisfy { ($0.hexDigitValue ?? 16) < radix } ? .tooLarge : .malformed
    }
}
