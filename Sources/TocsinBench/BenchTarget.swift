/// The server under measurement, from a URL such as `http://127.0.0.1:9093/api/v2/alerts`.
struct BenchTarget: Hashable {
    let host: String
    let port: Int
    let path: String

    /// Reads an `http` URL; port 80 and Alertmanager's own path are the defaults.
    init(url: String) throws(BenchError) {
        let scheme = "http://"
        guard url.hasPrefix(scheme) else {
            throw BenchError(code: "url_invalid", message: "the URL must start with http://, TLS is not measured")
        }
        let rest = url.dropFirst(scheme.count)
        let authority = rest.prefix(while: { $0 != "/" })
        let path = rest.dropFirst(authority.count)
        guard let (host, port) = BenchTarget.split(authority),
            path.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else {
            throw BenchError(code: "url_invalid", message: "the URL must look like http://HOST:PORT/api/v2/alerts")
        }
        self.host = host
        self.port = port
        self.path = path.isEmpty || path == "/" ? "/api/v2/alerts" : String(path)
    }

    /// What a client puts into its Host header; an IPv6 address keeps its brackets there.
    var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    private static func split(_ authority: Substring) -> (host: String, port: Int)? {
        guard !authority.isEmpty, !authority.contains("@"), authority.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            return nil
        }
        var host = authority
        var port = 80
        if let colon = authority.lastIndex(of: ":"), authority[colon...].contains("]") == false {
            guard let number = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(number) else {
                return nil
            }
            port = number
            host = authority[..<colon]
        }
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return host.isEmpty ? nil : (String(host), port)
    }
}
