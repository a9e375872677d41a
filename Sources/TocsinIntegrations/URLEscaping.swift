import TocsinCore

/// Writes texts into addresses and forms as Go does, whose requests vendors know from Alertmanager.
enum URLEscaping {
    /// For a query or a form, where a space is a plus: Go's `url.QueryEscape`.
    static func query(_ text: String) -> String { escape(text, keeping: "").replacing("%20", with: "+") }

    /// For a path, whose slashes stay: Go's `url.URL.EscapedPath`.
    static func path(_ text: String) -> String { escape(text, keeping: "$&+,/:;=@") }

    /// All but what RFC 3986 section 2.3 calls unreserved: what AWS and Azure sign.
    static func component(_ text: String, keeping kept: String = "") -> String { escape(text, keeping: kept) }

    /// A form, its members sorted by name.
    static func form(_ members: [(String, String)]) -> String {
        members.sorted { $0.0 < $1.0 }.map { query($0) + "=" + query($1) }.joined(separator: "&")
    }

    /// An address with more path behind its own, before its query.
    static func append(_ path: String, to address: Secret, query: String? = nil) -> Secret {
        let text = address.reveal()
        let parts = text.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let base = parts.first.map(String.init) ?? text
        let queries = (parts.count > 1 ? [String(parts[1])] : []) + (query.map { [$0] } ?? [])
        let whole = (base.hasSuffix("/") ? base : base + "/") + URLEscaping.path(path)
        return Secret(queries.isEmpty ? whole : whole + "?" + queries.joined(separator: "&"))
    }

    /// An address with more path behind its own, before its query; a slash within a segment does not end it.
    static func append(segments: [String], to address: Secret) -> Secret {
        let parts = address.reveal().split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        let base = parts.first.map(String.init) ?? ""
        let path = segments.map { escape($0, keeping: "$&+,:;=@") }.joined(separator: "/")
        return Secret((base.hasSuffix("/") ? base : base + "/") + path + (parts.count > 1 ? "?" + parts[1] : ""))
    }

    private static func escape(_ text: String, keeping kept: String) -> String {
        let digits = Array("0123456789ABCDEF".utf8)
        var out: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: out.append(byte)
            case _ where "-_.~".utf8.contains(byte) || kept.utf8.contains(byte): out.append(byte)
            default: out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            }
        }
        return String(decoding: out, as: UTF8.self)
    }
}
