import TocsinCore

extension RedisConfiguration {
    /// What a URL may look like.
    public static let urlForms =
        "redis://host:6379, redis-sentinel://host:26379,host:26379/master, redis-cluster://host:6379,host:6379, "
        + "each as rediss… for TLS, or unix:///path"

    /// Reads a URL.
    ///
    /// - `redis://[user:password@]host[:port][/database]`;
    /// - `redis-sentinel://[user:password@]host[:port],…/master[/database]`: Sentinels, and what they call the master;
    /// - `redis-cluster://[user:password@]host[:port],…`: some servers of a cluster;
    /// - the same with `rediss` for TLS;
    /// - `unix:///path/to/socket`.
    ///
    /// - Throws: ``RedisError`` of kind `invalidAddress`; the message never repeats the URL, which may hold a password.
    public init(url: String, caFile: String? = nil) throws(RedisError) {
        guard let schemeEnd = url.firstRange(of: "://") else { throw Self.invalid("has no scheme") }
        var rest = url[schemeEnd.upperBound...]
        let scheme = url[..<schemeEnd.lowerBound].lowercased()
        if scheme == "unix" {
            guard rest.hasPrefix("/") else { throw Self.invalid("needs an absolute path after unix://") }
            self.init(endpoint: .unix(path: String(rest)))
            return
        }
        self.init(endpoint: .unix(path: ""))
        self.caFile = caFile
        usesTLS = scheme.hasPrefix("rediss")
        if let at = rest.lastIndex(of: "@") {
            let login = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            username = login[0].isEmpty ? nil : Self.decoded(login[0])
            if login.count == 2 { password = Secret(Self.decoded(login[1])) }
            rest = rest[rest.index(after: at)...]
        }
        var path = rest.split(separator: "/", omittingEmptySubsequences: false)
        let places = path.removeFirst()
        switch usesTLS ? String(scheme.dropFirst(6)) : String(scheme.dropFirst(5)) {
        case "" where scheme.hasPrefix("redis"):
            let endpoints = try Self.endpoints(places, port: 6379)
            guard endpoints.count == 1 else { throw Self.invalid("names several hosts") }
            servers = .one(endpoints[0])
        case "-sentinel" where scheme.hasPrefix("redis"):
            guard let master = path.first, !master.isEmpty else {
                throw Self.invalid("does not say after a / what the Sentinels call the master")
            }
            path.removeFirst()
            servers = .sentinels(
                Sentinels(master: Self.decoded(master), addresses: try Self.endpoints(places, port: 26379)))
        case "-cluster" where scheme.hasPrefix("redis"):
            servers = .cluster(try Self.endpoints(places, port: 6379))
        default: throw Self.invalid("has an unknown scheme")
        }
        try readDatabase(path)
    }

    private mutating func readDatabase(_ path: [Substring]) throws(RedisError) {
        guard let text = path.first(where: { !$0.isEmpty }) else { return }
        guard path.count == 1, let number = Int(text), number >= 0 else {
            throw Self.invalid("has a database that is not a number")
        }
        if case .cluster = servers, number != 0 { throw Self.invalid("names a database, and a cluster has only one") }
        database = number
    }

    private static func endpoints(_ text: Substring, port: Int) throws(RedisError) -> [Endpoint] {
        var endpoints: [Endpoint] = []
        for place in text.split(separator: ",", omittingEmptySubsequences: false) {
            endpoints.append(try endpoint(place, port: port))
        }
        return endpoints
    }

    private static func endpoint(_ text: Substring, port: Int) throws(RedisError) -> Endpoint {
        var (text, port) = (text, port)
        if let colon = text.lastIndex(of: ":"), text.last != "]" {
            guard let number = Int(text[text.index(after: colon)...]), (1...65_535).contains(number) else {
                throw invalid("has a port that is not a number from 1 to 65535")
            }
            port = number
            text = text[..<colon]
        }
        let host = text.drop { $0 == "[" }.prefix { $0 != "]" }
        guard !host.isEmpty else { throw invalid("names no host") }
        return .tcp(host: String(host), port: port)
    }

    private static func invalid(_ what: String) -> RedisError {
        RedisError(.invalidAddress, "the Redis URL \(what); expected \(urlForms)")
    }

    private static func decoded(_ text: Substring) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            if byte == UInt8(ascii: "%"), rest.count >= 2,
                let value = Hexadecimal.decode(String(decoding: rest.prefix(2), as: UTF8.self))
            {
                bytes += value
                rest = rest.dropFirst(2)
            } else {
                bytes.append(byte)
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
