import TocsinAlerts

/// An address as Go's `net/url` reads it, as far as Alertmanager's files need.
struct GoURL {
    /// In small letters.
    let scheme: String
    /// Name and password, encoded, if there are any.
    let userInfo: String?
    let host: String
    /// The path, encoded.
    let path: String
    /// Everything behind the path.
    let rest: String
    private let hasAuthority: Bool

    /// The address as a text again.
    var text: String {
        let start = scheme.isEmpty ? "" : scheme + ":"
        let authority = hasAuthority ? "//" + (userInfo.map { $0 + "@" } ?? "") + host : ""
        return start + authority + path + rest
    }

    /// The same with another password, for everybody to see.
    var redacted: String {
        guard let userInfo, let colon = userInfo.firstIndex(of: ":") else { return text }
        return GoURL(
            scheme: scheme, userInfo: userInfo[...colon] + "xxxxx", host: host, path: path, rest: rest,
            hasAuthority: hasAuthority
        ).text
    }

    /// The same with a path that ends with a slash.
    var withSlash: String {
        guard !path.hasSuffix("/") else { return text }
        return GoURL(
            scheme: scheme, userInfo: userInfo, host: host, path: path + "/", rest: rest, hasAuthority: hasAuthority
        ).text
    }

    private init(
        scheme: String, userInfo: String?, host: String, path: String, rest: String, hasAuthority: Bool
    ) {
        self.scheme = scheme
        self.userInfo = userInfo
        self.host = host
        self.path = path
        self.rest = rest
        self.hasAuthority = hasAuthority
    }

    /// Reads any address.
    ///
    /// - Parameter shown: What stands for the address in messages.
    /// - Throws: A fault in Go's words.
    init(_ text: String, shown: String) throws(AlertmanagerFault) {
        func fault(_ reason: String) -> AlertmanagerFault {
            AlertmanagerFault("parse \(GoQuoting.quote(shown)): \(reason)")
        }
        guard !text.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7F }) else {
            throw fault("net/url: invalid control character in URL")
        }
        let (scheme, afterScheme) = GoURL.split(text)
        guard scheme != nil || !text.hasPrefix(":") else { throw fault("missing protocol scheme") }
        self.scheme = (scheme ?? "").lowercased()
        let end = afterScheme.firstIndex { $0 == "?" || $0 == "#" } ?? afterScheme.endIndex
        var body = afterScheme[..<end]
        rest = String(afterScheme[end...])
        hasAuthority = body.hasPrefix("//")
        if hasAuthority {
            body = body.dropFirst(2)
            let slash = body.firstIndex(of: "/") ?? body.endIndex
            let authority = body[..<slash]
            body = body[slash...]
            if let at = authority.lastIndex(of: "@") {
                userInfo = String(authority[..<at])
                host = String(authority[authority.index(after: at)...])
            } else {
                userInfo = nil
                host = String(authority)
            }
            if let reason = GoURL.faultInHost(host) { throw fault(reason) }
        } else {
            userInfo = nil
            host = ""
            if scheme == nil, !body.hasPrefix("/"), body.prefix(while: { $0 != "/" }).contains(":") {
                throw fault("first path segment in URL cannot contain colon")
            }
        }
        path = String(body)
        if let escape = GoURL.badEscape(path + (userInfo ?? "")) {
            throw fault("invalid URL escape \(GoQuoting.quote(escape))")
        }
    }

    /// Reads an address that must be one of HTTP.
    static func http(_ text: String, shown: String) throws(AlertmanagerFault) -> GoURL {
        let url = try GoURL(text, shown: shown)
        guard url.scheme == "http" || url.scheme == "https" else {
            throw AlertmanagerFault("unsupported scheme \(GoQuoting.quote(url.scheme)) for URL")
        }
        guard !url.host.isEmpty else { throw AlertmanagerFault("missing host for URL") }
        return url
    }

    private static func split(_ text: String) -> (scheme: String?, rest: Substring) {
        let name = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || "+-.".contains($0)) }
        guard let first = name.first, first.isLetter, text[name.endIndex...].hasPrefix(":") else {
            return (nil, text[...])
        }
        return (String(name), text[name.endIndex...].dropFirst())
    }

    private static func faultInHost(_ host: String) -> String? {
        var port = host.lastIndex(of: ":").map { host[$0...] } ?? ""
        if host.hasPrefix("[") {
            guard let end = host.lastIndex(of: "]") else { return "missing ']' in host" }
            port = host[host.index(after: end)...]
        }
        let digits = port.dropFirst()
        guard port.isEmpty || (port.hasPrefix(":") && digits.allSatisfy { $0.isASCII && $0.isNumber }) else {
            return "invalid port \(GoQuoting.quote(String(port))) after host"
        }
        // What Go takes in a host besides letters and digits; everything beyond ASCII is taken too.
        let others = "-_.~!$&'()*+,;=:[]<>\"%"
        if let bad = host.unicodeScalars.first(where: {
            $0.isASCII && !$0.properties.isAlphabetic && !("0"..."9").contains($0)
                && !others.unicodeScalars.contains($0)
        }) {
            return "invalid character \(GoQuoting.quote(String(Character(bad)))) in host name"
        }
        return nil
    }

    /// The first percent sign without two digits behind it, with what is behind it.
    private static func badEscape(_ text: String) -> String? {
        let bytes = Array(text.utf8)
        for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "%") {
            let escape = bytes[index..<min(index + 3, bytes.count)]
            let isGood = escape.count == 3 && escape.dropFirst().allSatisfy { Character(Unicode.Scalar($0)).isHexDigit }
            if !isGood { return String(decoding: escape, as: UTF8.self) }
        }
        return nil
    }
}
