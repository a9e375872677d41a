import TocsinAlerts

/// The parameters of a request's query, in their order (RFC 3986, section 3.4, in the form of HTML forms).
struct QueryParameters {
    private let pairs: [(name: String, value: String)]

    /// Reads what stands behind the first `?` of a path.
    init(path: String) {
        guard let mark = path.firstIndex(of: "?") else {
            pairs = []
            return
        }
        pairs = path[path.index(after: mark)...].split(separator: "&").map { part in
            let halves = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            return (
                Self.decode(halves.first ?? ""), halves.count > 1 ? Self.decode(halves[1]) : ""
            )
        }
    }

    /// All values of a name.
    func all(_ name: String) -> [String] { pairs.filter { $0.name == name }.map(\.value) }

    /// The first value of a name; an empty one is the same as none.
    func first(_ name: String) -> String? { all(name).first.flatMap { $0.isEmpty ? nil : $0 } }

    /// A truth value, in the words that Go reads.
    func flag(_ name: String, default standard: Bool) throws(APIv2Error) -> Bool {
        guard let text = first(name) else { return standard }
        switch text {
        case "1", "t", "T", "true", "TRUE", "True": return true
        case "0", "f", "F", "false", "FALSE", "False": return false
        default: throw .notOfType(name, in: "query", type: "boolean", value: text)
        }
    }

    /// Matchers, one in each value.
    func matchers(_ name: String) throws(APIv2Error) -> [Matcher] {
        var matchers: [Matcher] = []
        for text in all(name) {
            do throws(MatcherError) { matchers.append(try Matcher.parse(text)) } catch {
                throw .badRequest(error.message)
            }
        }
        return matchers
    }

    /// Bytes written as `%41`, and blanks as `+`; a sequence that is none stays as it is.
    private static func decode(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2, let value = UInt8(Substring(rest.prefix(2)), radix: 16) {
                bytes.append(value)
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
