/// How values in CSS are made safe.
enum StyleEscaping {
    private static let replacements: [UInt8: String] = [
        0: "\\0", 0x09: "\\9", 0x0A: "\\a", 0x0C: "\\c", 0x0D: "\\d", 0x22: "\\22", 0x26: "\\26", 0x27: "\\27",
        0x28: "\\28", 0x29: "\\29", 0x2B: "\\2b", 0x2F: "\\2f", 0x3A: "\\3a", 0x3B: "\\3b", 0x3C: "\\3c",
        0x3E: "\\3e", 0x5C: "\\\\", 0x7B: "\\7b", 0x7D: "\\7d",
    ]

    /// A text in a CSS string.
    static func escape(_ text: String) -> String {
        let bytes = Array(text.utf8)
        var out: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            guard let replacement = replacements[byte] else {
                out.append(byte)
                continue
            }
            out += replacement.utf8
            let next = index + 1 < bytes.count ? bytes[index + 1] : nil
            // A space ends an escape that a digit, a space or the end could follow.
            if byte != UInt8(ascii: "\\"), next.map({ HTMLBytes.isHexadecimal($0) || HTMLBytes.isSpace($0) }) ?? true {
                out.append(0x20)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// A value outside of strings: numbers, names and colours pass, what could be code does not.
    static func filter(_ text: String) -> String {
        let decoded = StyleTransitions.decode(Array(text.utf8)[...])
        var name: [UInt8] = []
        for (index, byte) in decoded.enumerated() {
            if byte == 0 || "\"'()/;@[\\]`{}".utf8.contains(byte) { return HTMLEscaper.failsafe }
            if byte == UInt8(ascii: "-") {
                if index > 0, decoded[index - 1] == UInt8(ascii: "-") { return HTMLEscaper.failsafe }
            } else if byte < 0x80, StyleTransitions.isNamePart(byte) {
                name.append(HTMLBytes.lower(byte))
            }
        }
        let names = String(decoding: name, as: UTF8.self)
        if names.contains("expression") || names.contains("mozbinding") { return HTMLEscaper.failsafe }
        return String(decoding: decoded, as: UTF8.self)
    }
}
