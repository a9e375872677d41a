import Synchronization
import TocsinCore
import TocsinRedis

/// How near a Redis server is to its bounds.
public struct ServerPressure: Sendable, Hashable {
    /// The bytes that it uses.
    public let usedBytes: Int
    /// The bytes that it may use; 0 for no bound.
    public let maximumBytes: Int
    /// The replicas that follow it.
    public let replicas: Int

    /// The share of its memory that is used; 0 if there is no bound.
    public var share: Double { maximumBytes > 0 ? Double(usedBytes) / Double(maximumBytes) : 0 }

    /// Asks a server.
    init(_ redis: RedisClient, _ server: RedisConfiguration.Endpoint) async throws {
        self.init(
            memory: try await redis.info("memory", of: server),
            replication: try await redis.info("replication", of: server))
    }

    /// What counts of several servers that share the work: the fullest, and the fewest replicas.
    static func worst(_ all: [ServerPressure]) -> ServerPressure? {
        guard let fullest = all.max(by: { $0.share < $1.share }) else { return nil }
        return ServerPressure(
            usedBytes: fullest.usedBytes, maximumBytes: fullest.maximumBytes,
            replicas: all.map(\.replicas).min() ?? fullest.replicas)
    }

    private init(usedBytes: Int, maximumBytes: Int, replicas: Int) {
        self.usedBytes = usedBytes
        self.maximumBytes = maximumBytes
        self.replicas = replicas
    }

    /// Reads the sections `memory` and `replication` of `INFO`, <https://redis.io/docs/latest/commands/info/>.
    init(memory: [String: String], replication: [String: String]) {
        usedBytes = memory["used_memory"].flatMap { Int($0) } ?? 0
        maximumBytes = memory["maxmemory"].flatMap { Int($0) } ?? 0
        replicas = replication.count { name, value in
            name.hasPrefix("slave") && name.dropFirst(5).allSatisfy(\.isNumber) && value.contains("state=online")
        }
    }
}

/// What a server can promise, as far as it is known.
struct ServerAbilities: Sendable {
    /// How a write becomes safe on the server's disk.
    enum Disk: Sendable {
        /// The server does not tell its settings.
        case unknown
        /// It is on disk before the answer comes: `appendfsync always`.
        case always
        /// It can be waited for: `WAITAOF`.
        case onRequest
        /// Not in any time that could be waited for.
        case never
    }

    var disk = Disk.unknown
    /// The replicas that followed it lately; `nil` before anybody looked.
    var replicas: Int?
}

extension TenantStreams {
    /// Asks how much of Redis' memory is used, and how many replicas it has; of a cluster's servers, where it is worst.
    ///
    /// - Throws: ``RedisError``.
    public func readPressure() async throws -> ServerPressure {
        var all: [ServerPressure] = []
        for server in redis.servers { all.append(try await ServerPressure(redis, server)) }
        guard let pressure = ServerPressure.worst(all) else {
            throw RedisError(.disconnected, "no Redis server is known yet")
        }
        abilities.withLock { $0.replicas = pressure.replicas }
        return pressure
    }
}
