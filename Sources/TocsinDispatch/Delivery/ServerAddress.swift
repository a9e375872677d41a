import Foundation

/// The address of a request, taken apart.
struct ServerAddress: Sendable, Hashable {
    /// `http` or `https`.
    let scheme: String
    /// Without brackets.
    var host: String
    var port: Int
    /// `host` or `host:port`, as it stands in the address, for the header `Host`.
    let authority: String
    /// Path and query.
    let rest: String

    init?(_ text: String) {
        guard let url = URL(string: text), let scheme = url.scheme?.lowercased(), scheme == "http" || scheme == "https",
            let host = url.host, !host.isEmpty, let start = text.firstRange(of: "://")?.upperBound
        else { return nil }
        self.scheme = scheme
        self.host = host.hasPrefix("[") ? String(host.dropFirst().dropLast()) : host
        port = url.port ?? (scheme == "https" ? 443 : 80)
        let end = text[start...].firstIndex { "/?#".contains($0) } ?? text.endIndex
        let authority = text[start..<end]
        self.authority =
            authority.lastIndex(of: "@").map { String(authority[authority.index(after: $0)...]) }
            ?? String(authority)
        let path = text[end...].prefix { $0 != "#" }
        rest = path.hasPrefix("/") ? String(path) : "/" + path
    }

    /// The whole address.
    var text: String {
        let host = host.contains(":") ? "[\(host)]" : host
        return "\(scheme)://\(host):\(port)\(rest)"
    }
}
