/// Character references in attributes, as far as they decide a context: numbers, and all names of ASCII characters.
enum HTMLEntities {
    private static let names: [String: UInt8] = [
        "Tab": 0x09, "NewLine": 0x0A, "excl": 0x21, "quot": 0x22, "QUOT": 0x22, "num": 0x23, "dollar": 0x24,
        "percnt": 0x25, "amp": 0x26, "AMP": 0x26, "apos": 0x27, "lpar": 0x28, "rpar": 0x29, "ast": 0x2A,
        "midast": 0x2A, "plus": 0x2B, "comma": 0x2C, "period": 0x2E, "sol": 0x2F, "colon": 0x3A, "semi": 0x3B,
        "lt": 0x3C, "LT": 0x3C, "equals": 0x3D, "gt": 0x3E, "GT": 0x3E, "quest": 0x3F, "commat": 0x40,
        "lbrack": 0x5B, "lsqb": 0x5B, "bsol": 0x5C, "rbrack": 0x5D, "rsqb": 0x5D, "Hat": 0x5E, "lowbar": 0x5F,
        "UnderBar": 0x5F, "grave": 0x60, "DiacriticalGrave": 0x60, "lbrace": 0x7B, "lcub": 0x7B, "verbar": 0x7C,
        "vert": 0x7C, "VerticalLine": 0x7C, "rbrace": 0x7D, "rcub": 0x7D,
    ]

    /// Those that browsers also take without a semicolon.
    private static let withoutSemicolon = ["quot", "QUOT", "amp", "AMP", "lt", "LT", "gt", "GT"]

    static func decode(_ text: ArraySlice<UInt8>) -> [UInt8] {
        guard text.contains(UInt8(ascii: "&")) else { return Array(text) }
        var out: [UInt8] = []
        var rest = text
        while let byte = rest.first {
            if byte == UInt8(ascii: "&"), let (bytes, length) = reference(rest.dropFirst()) {
                out += bytes
                rest = rest.dropFirst(1 + length)
            } else {
                out.append(byte)
                rest = rest.dropFirst()
            }
        }
        return out
    }

    /// What a reference stands for, and how many bytes behind the `&` it takes.
    private static func reference(_ text: ArraySlice<UInt8>) -> (bytes: [UInt8], length: Int)? {
        if text.first == UInt8(ascii: "#") { return numeric(text) }
        let name = text.prefix(32).prefix(while: HTMLBytes.isAlphanumeric)
        if text.dropFirst(name.count).first == UInt8(ascii: ";"),
            let byte = names[String(decoding: name, as: UTF8.self)]
        {
            return ([byte], name.count + 1)
        }
        for short in withoutSemicolon where name.starts(with: short.utf8) {
            return (names[short].map { [$0] } ?? [], short.utf8.count)
        }
        return nil
    }

    private static func numeric(_ text: ArraySlice<UInt8>) -> (bytes: [UInt8], length: Int)? {
        let mark = text.dropFirst().first
        let isHexadecimal = mark == UInt8(ascii: "x") || mark == UInt8(ascii: "X")
        let start = text.dropFirst(isHexadecimal ? 2 : 1)
        let digits = start.prefix { isHexadecimal ? HTMLBytes.isHexadecimal($0) : (0x30...0x39).contains($0) }
        guard !digits.isEmpty else { return nil }
        let value = UInt32(String(decoding: digits, as: UTF8.self), radix: isHexadecimal ? 16 : 10) ?? 0
        let scalar = value == 0 ? "\u{FFFD}" : Unicode.Scalar(value) ?? "\u{FFFD}"
        let end = start.dropFirst(digits.count).first == UInt8(ascii: ";") ? 1 : 0
        return (
            Array(String(Character(scalar)).utf8), (isHexadecimal ? 2 : 1) + digits.count + end
        )
    }
}
