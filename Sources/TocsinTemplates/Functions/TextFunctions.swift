/// Functions on texts, with Go's results.
enum TextFunctions {
    /// Go's `strings.ToUpper`, which gives every character one other.
    static func upper(_ text: String) -> String {
        map(text) { scalar in
            let properties = scalar.properties
            return only(properties.uppercaseMapping) ?? only(properties.titlecaseMapping) ?? scalar
        }
    }

    /// Go's `strings.ToLower`.
    static func lower(_ text: String) -> String {
        map(text) { $0 == "\u{130}" ? "i" : only($0.properties.lowercaseMapping) ?? $0 }
    }

    private static func map(_ text: String, _ change: (Unicode.Scalar) -> Unicode.Scalar) -> String {
        var out = String.UnicodeScalarView()
        for scalar in text.unicodeScalars { out.append(change(scalar)) }
        return String(out)
    }

    private static func only(_ mapping: String) -> Unicode.Scalar? {
        mapping.unicodeScalars.count == 1 ? mapping.unicodeScalars.first : nil
    }

    /// Words with a capital first letter and the rest in lower case: `cases.Title` of Go's x/text for English.
    ///
    /// Words end where Unicode's word boundaries are, for letters, digits, marks, apostrophes and full stops.
    static func title(_ text: String) -> String {
        let scalars = Array(text.unicodeScalars)
        var out = ""
        var isInWord = false
        var hasCapital = false
        for (index, scalar) in scalars.enumerated() {
            let next = index + 1 < scalars.count ? scalars[index + 1] : nil
            switch kind(scalar) {
            case .letter:
                out += hasCapital ? scalar.properties.lowercaseMapping : scalar.properties.titlecaseMapping
                if scalar.properties.isCased { hasCapital = true }
                isInWord = true
            case .digit, .connector:
                out.unicodeScalars.append(scalar)
                isInWord = true
            case .mark:
                out.unicodeScalars.append(scalar)
            case .joiner where isInWord && hasCapital && next.map(kind) == .letter:
                out.unicodeScalars.append(scalar)
            case .joiner, .other:
                out.unicodeScalars.append(scalar)
                isInWord = false
                hasCapital = false
            }
        }
        return out
    }

    private enum Kind { case letter, digit, connector, mark, joiner, other }

    private static func kind(_ scalar: Unicode.Scalar) -> Kind {
        switch scalar {
        case "'", ".", "\u{2019}", "\u{2018}", ":", "\u{B7}": return .joiner
        default: break
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber:
            return .letter
        case .decimalNumber: return .digit
        case .connectorPunctuation: return .connector
        case .nonspacingMark, .spacingMark, .enclosingMark, .format: return .mark
        default: return .other
        }
    }

    /// Go's `strings.TrimSpace`.
    static func trim(_ text: String) -> String {
        let scalars = text.unicodeScalars
        guard let first = scalars.firstIndex(where: { !isSpace($0) }),
            let last = scalars.lastIndex(where: { !isSpace($0) })
        else { return "" }
        return String(scalars[first...last])
    }

    private static func isSpace(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0x09...0x0D, 0x20, 0x85, 0xA0: true
        case ..<0x100: false
        default: scalar.properties.isWhitespace
        }
    }

    // MARK: - URLs

    /// Go's `url.QueryEscape`.
    static func escapeQuery(_ text: String) -> String {
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
                UInt8(ascii: "~"):
                out.append(byte)
            case 0x20: out.append(UInt8(ascii: "+"))
            default: out += "%\(byte < 16 ? "0" : "")\(String(byte, radix: 16, uppercase: true))".utf8
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// Go's `url.QueryUnescape`.
    static func unescapeQuery(_ text: String) throws(FunctionError) -> String {
        var out: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "+"): out.append(0x20)
            case UInt8(ascii: "%"):
                let digits = rest.prefix(2)
                guard digits.count == 2, digits.allSatisfy(HTMLBytes.isHexadecimal),
                    let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
                else { throw FunctionError("invalid URL escape") }
                out.append(value)
                rest = rest.dropFirst(2)
            default: out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    // MARK: - Base 64

    private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

    /// Go's `base64.URLEncoding`, so that the result can stand in a URL.
    static func encodeBase64(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let group = bytes[start..<min(start + 3, bytes.count)]
            let bits = group.reduce(0) { $0 << 8 | Int($1) } << (8 * (3 - group.count))
            for place in 0..<4 {
                let digit = alphabet[bits >> (18 - 6 * place) & 63]
                out.append(place <= group.count ? digit : UInt8(ascii: "="))
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    static func decodeBase64(_ text: String) throws(FunctionError) -> String {
        let bytes = text.utf8.filter { $0 != 0x0A && $0 != 0x0D }
        let digits = bytes.prefix { $0 != UInt8(ascii: "=") }
        let padding = bytes.count - digits.count
        guard bytes.count % 4 == 0, padding <= 2, bytes.suffix(padding).allSatisfy({ $0 == UInt8(ascii: "=") }) else {
            throw FunctionError("illegal base64 data at input byte \(digits.count)")
        }
        var out: [UInt8] = []
        var bits = 0
        var count = 0
        for (index, digit) in digits.enumerated() {
            guard let value = alphabet.firstIndex(of: digit) else {
                throw FunctionError("illegal base64 data at input byte \(index)")
            }
            bits = (bits << 6 | value) & 0xFFFF
            count += 6
            if count >= 8 {
                count -= 8
                out.append(UInt8(truncatingIfNeeded: bits >> count))
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
