/// What single characters are replaced with, as in Go's `html/template`.
enum HTMLTables {
    typealias Table = [UInt8: String]

    /// For the function `html`.
    static let function: Table = [
        0: "\u{FFFD}", 0x22: "&#34;", 0x26: "&amp;", 0x27: "&#39;", 0x3C: "&lt;", 0x3E: "&gt;",
    ]
    static let html = function.merging([0x2B: "&#43;"]) { $1 }
    /// For what is HTML already: its references stay.
    static let htmlNormal = html.filter { $0.key != 0x26 }
    static let unquoted = html.merging([
        0: "&#xfffd;", 0x09: "&#9;", 0x0A: "&#10;", 0x0B: "&#11;", 0x0C: "&#12;", 0x0D: "&#13;", 0x20: "&#32;",
        0x3D: "&#61;", 0x60: "&#96;",
    ]) { $1 }
    static let unquotedNormal = unquoted.filter { $0.key != 0x26 }

    static let jsString: Table = [
        0x22: "\\u0022", 0x26: "\\u0026", 0x27: "\\u0027", 0x2B: "\\u002b", 0x2F: "\\/", 0x3C: "\\u003c",
        0x3E: "\\u003e", 0x5C: "\\\\", 0x60: "\\u0060",
    ]
    static let jsRegexp: Table = [
        0x22: "\\u0022", 0x24: "\\$", 0x26: "\\u0026", 0x27: "\\u0027", 0x28: "\\(", 0x29: "\\)", 0x2A: "\\*",
        0x2B: "\\u002b", 0x2D: "\\-", 0x2E: "\\.", 0x2F: "\\/", 0x3C: "\\u003c", 0x3E: "\\u003e", 0x3F: "\\?",
        0x5B: "\\[", 0x5C: "\\\\", 0x5D: "\\]", 0x5E: "\\^", 0x7B: "\\{", 0x7C: "\\|", 0x7D: "\\}",
    ]

    static func replace(_ text: String, _ table: Table) -> String {
        guard text.utf8.contains(where: { $0 < 0x80 && table[$0] != nil }) else { return text }
        var out: [UInt8] = []
        out.reserveCapacity(text.utf8.count + 32)
        for byte in text.utf8 {
            if byte < 0x40 || byte == 0x60, let replacement = table[byte] {
                out += replacement.utf8
            } else {
                out.append(byte)
            }
        }
        return String(decoding: out, as: UTF8.self)
    }

    /// As ``replace(_:_:)``, and writes characters that are none as numbers.
    static func replaceUnquoted(_ text: String, _ table: Table) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0xFDD0...0xFDEF, 0xFFF0...0xFFFF: out += "&#x\(String(scalar.value, radix: 16));"
            case ..<0x80:
                out += UInt8(exactly: scalar.value).flatMap { table[$0] } ?? String(scalar)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }

    /// Replaces what the table has, and control characters and line ends by their escapes.
    static func replaceScript(_ text: String, _ table: Table) -> String {
        var out = ""
        for scalar in text.unicodeScalars {
            switch scalar.value {
            case 0x09: out += "\\t"
            case 0x0A: out += "\\n"
            case 0x0C: out += "\\f"
            case 0x0D: out += "\\r"
            case ..<0x20, 0x2028, 0x2029:
                let digits = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits
            case ..<0x80:
                out += UInt8(exactly: scalar.value).flatMap { table[$0] } ?? String(scalar)
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out
    }
}
