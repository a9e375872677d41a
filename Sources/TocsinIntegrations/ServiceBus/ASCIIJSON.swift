import TocsinCore

/// JSON of ASCII alone, as headers need it.
enum ASCIIJSON {
    /// The same JSON, with what is not ASCII escaped: RFC 8259 section 7.
    static func escape(_ json: [UInt8]) -> String {
        var out = ""
        for unit in String(decoding: json, as: UTF8.self).utf16 {
            if (0x20..<0x7F).contains(unit), let scalar = Unicode.Scalar(unit) {
                out.unicodeScalars.append(scalar)
            } else {
                out += "\\u" + Hexadecimal.encode([UInt8(unit >> 8), UInt8(unit & 255)])
            }
        }
        return out
    }
}
