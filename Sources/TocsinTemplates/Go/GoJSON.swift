/// Writes values as Go's `json.Marshal` does.
enum GoJSON {
    static func encode(_ value: TemplateValue) -> String {
        var out: [UInt8] = []
        append(value, to: &out)
        return String(decoding: out, as: UTF8.self)
    }

    private static func append(_ value: TemplateValue, to out: inout [UInt8]) {
        switch value {
        case .none, .null: out += "null".utf8
        case .bool(let flag): out += (flag ? "true" : "false").utf8
        case .int, .duration, .month, .weekday: out += String(value.integer ?? 0).utf8
        case .float(let number): out += text(number).utf8
        case .string(let text), .html(let text), .url(let text): append(text, to: &out)
        case .time(let time): append(time.rfc3339, to: &out)
        case .list(let list):
            out.append(UInt8(ascii: "["))
            for (index, element) in list.values.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                append(element, to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .map(let map): append(map.entries.map { ($0.name, $0.value) }, to: &out)
        case .object(let object): append(object.members.map { ($0.key, $0.value) }, to: &out)
        }
    }

    private static func append(_ members: [(String, TemplateValue)], to out: inout [UInt8]) {
        out.append(UInt8(ascii: "{"))
        for (index, (name, value)) in members.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            append(name, to: &out)
            out.append(UInt8(ascii: ":"))
            append(value, to: &out)
        }
        out.append(UInt8(ascii: "}"))
    }

    /// Infinite numbers have no JSON; Go refuses them, and templates cannot make them.
    private static func text(_ number: Double) -> String {
        guard number.isFinite else { return "null" }
        let magnitude = number.magnitude
        guard magnitude != 0, magnitude < 1e-6 || magnitude >= 1e21 else {
            return GoFloat.format(number, "f", precision: nil)
        }
        let text = GoFloat.format(number, "e", precision: nil)
        // As in JavaScript: e-09 becomes e-9.
        return text.hasSuffix("e-0\(text.last ?? "0")") ? text.dropLast(2) + String(text.suffix(1)) : text
    }

    /// A text in quotes; what HTML could take for markup is written as an escape.
    private static func append(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\"".utf8
            case "\\": out += "\\\\".utf8
            case "\n": out += "\\n".utf8
            case "\r": out += "\\r".utf8
            case "\t": out += "\\t".utf8
            case "<", ">", "&", "\u{2028}", "\u{2029}", "\u{00}"..."\u{1F}":
                let digits = String(scalar.value, radix: 16)
                out += ("\\u" + String(repeating: "0", count: 4 - digits.utf8.count) + digits).utf8
            default: out += UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}
