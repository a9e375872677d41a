public import TocsinCore

/// Where a Redis server is and how to speak with it.
public struct RedisConfiguration: Sendable, Hashable {
    /// A server's address.
    public enum Endpoint: Sendable, Hashable {
        /// A Unix socket's path.
        case unix(path: String)
        /// A TCP port.
        case tcp(host: String, port: Int)
    }

    /// Where the server is.
    public var endpoint: Endpoint
    /// Whether TLS is spoken.
    public var usesTLS = false
    /// A file of CA certificates in PEM form; `nil` for the system's.
    public var caFile: String?
    /// The ACL user; `nil` for Redis' `default`.
    public var username: String?
    /// The password; `nil` for none.
    public var password: Secret?
    /// The number of the database.
    public var database = 0
    /// How many connections callers share.
    public var connections = 2
    /// How long one attempt to connect may take.
    public var connectTimeout: Duration = .seconds(5)
    /// How long a reply may take before its connection is given up.
    public var commandTimeout: Duration = .seconds(3)
    /// How many commands may wait for replies, per connection.
    public var maximumCommandsInFlight = 16_384
    /// The most bytes that an unfinished reply may hold.
    public var maximumReplyBytes = 256 << 20
    /// The pause between attempts to connect.
    public var reconnect = Backoff(initial: .milliseconds(50), maximum: .seconds(2))

    /// Makes one.
    public init(endpoint: Endpoint) { self.endpoint = endpoint }

    /// Reads `redis://[user:password@]host[:port][/database]`, `rediss://…` for TLS, or `unix:///path/to/socket`.
    ///
    /// - Throws: ``RedisError`` of kind `invalidAddress`; the message never repeats the URL, which may hold a password.
    public init(url: String, caFile: String? = nil) throws(RedisError) {
        func invalid(_ what: String) -> RedisError {
            RedisError(.invalidAddress, what + "; expected redis://host:6379, rediss://host:6380 or unix:///path")
        }
        guard let schemeEnd = url.firstRange(of: "://") else { throw invalid("the Redis URL has no scheme") }
        let rest = url[schemeEnd.upperBound...]
        switch url[..<schemeEnd.lowerBound] {
        case "unix":
            guard rest.hasPrefix("/") else { throw invalid("the Redis URL needs an absolute path after unix://") }
            self.init(endpoint: .unix(path: String(rest)))
            return
        case "redis": self.init(endpoint: .tcp(host: "", port: 6379))
        case "rediss":
            self.init(endpoint: .tcp(host: "", port: 6379))
            usesTLS = true
        default: throw invalid("the Redis URL has an unknown scheme")
        }
        self.caFile = caFile
        let parts = rest.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, !parts[1].isEmpty {
            guard let number = Int(parts[1]), number >= 0 else {
                throw invalid("the Redis URL's database is not a number")
            }
            database = number
        }
        var authority = parts[0]
        if let at = authority.lastIndex(of: "@") {
            let login = authority[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            username = login[0].isEmpty ? nil : Self.decoded(login[0])
            if login.count == 2 { password = Secret(Self.decoded(login[1])) }
            authority = authority[authority.index(after: at)...]
        }
        var port = 6379
        if let colon = authority.lastIndex(of: ":"), authority.last != "]" {
            guard let number = Int(authority[authority.index(after: colon)...]), (1...65_535).contains(number) else {
                throw invalid("the Redis URL's port is not a number from 1 to 65535")
            }
            port = number
            authority = authority[..<colon]
        }
        let host = authority.drop { $0 == "[" }.prefix { $0 != "]" }
        guard !host.isEmpty else { throw invalid("the Redis URL names no host") }
        endpoint = .tcp(host: String(host), port: port)
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
