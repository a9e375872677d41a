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

    /// How the server is found.
    public enum Servers: Sendable, Hashable {
        /// It has one address.
        case one(Endpoint)
        /// Sentinels say which server is the master.
        case sentinels(Sentinels)
        /// The servers of a cluster say which of them has what; these are asked first.
        case cluster([Endpoint])
    }

    /// Sentinels that watch a master: <https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/>.
    public struct Sentinels: Sendable, Hashable {
        /// What they call the master.
        public var master: String
        /// All of them: what more than half of these say is believed.
        public var addresses: [Endpoint]
        /// The ACL user at the Sentinels; `nil` for their `default`.
        public var username: String?
        /// The password at the Sentinels; `nil` for none.
        public var password: Secret?
        /// How often they are asked.
        public var interval: Duration = .milliseconds(500)
        /// How long the master counts as the master while most Sentinels say nothing; then nothing is sent to it.
        public var patience: Duration = .seconds(5)

        /// Makes one.
        public init(master: String, addresses: [Endpoint]) { (self.master, self.addresses) = (master, addresses) }
    }

    /// How the server is found.
    public var servers: Servers
    /// Whether TLS is spoken, with Sentinels too.
    public var usesTLS = false
    /// A file of CA certificates in PEM form; `nil` for the system's.
    public var caFile: String?
    /// Files of our own certificates and their key in PEM form; `nil` to show none.
    public var identity: Identity?
    /// The ACL user; `nil` for Redis' `default`.
    public var username: String?
    /// The password; `nil` for none.
    public var password: Secret?
    /// The number of the database.
    public var database = 0
    /// How many connections callers share, to each server.
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

    /// Whom we show ourselves as.
    public struct Identity: Sendable, Hashable {
        /// A file of certificates in PEM form, our own first.
        public var certificateFile: String
        /// A file of its key in PEM form.
        public var keyFile: String

        /// Makes one.
        public init(certificateFile: String, keyFile: String) {
            (self.certificateFile, self.keyFile) = (certificateFile, keyFile)
        }
    }

    /// Makes one for a server with one address.
    public init(endpoint: Endpoint) { servers = .one(endpoint) }

    /// Makes one.
    public init(servers: Servers) { self.servers = servers }

    /// Whether the keys are spread over servers by their slots.
    var isClustered: Bool { if case .cluster = servers { true } else { false } }

    /// How Sentinels are spoken with.
    func toSentinels(_ sentinels: Sentinels) -> RedisConfiguration {
        var made = self
        (made.username, made.password) = (sentinels.username, sentinels.password)
        made.database = 0
        made.connectTimeout = sentinels.interval
        made.commandTimeout = sentinels.interval
        return made
    }
}

extension RedisConfiguration.Endpoint: CustomStringConvertible {
    /// The path, or `host:port`.
    public var description: String {
        switch self {
        case .unix(let path): path
        case .tcp(let host, let port): host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        }
    }
}
