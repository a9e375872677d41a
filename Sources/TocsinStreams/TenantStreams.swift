public import Logging
import Synchronization
public import TocsinCore
public import TocsinRedis
public import TocsinSealing

/// The tenants' queues and state in Redis: the only door to them, and the place where everything is sealed and opened.
///
/// What goes in and comes out of its functions is plain; what Redis sees is sealed under the tenant's key or is a number.
public final class TenantStreams: Sendable {
    let redis: RedisClient
    let shards: ShardMap
    let sealers: SealerCache
    let silenceCache = SilenceCache()
    /// Kept for a minute, so that what is erased is forgotten by every node within that.
    let maskingKeys = ExpiringCache<MaskingSubject, [UInt8]>(timeToLive: .seconds(60), capacity: 65_536)
    let logger: Logger
    let abilities = Mutex(ServerAbilities())
    /// Writes that wait for replicas or for the disk; to be run by whoever takes alerts.
    public let confirmations: ConfirmedWrites
    /// The functions that this build calls.
    let library: FunctionLibrary
    private let hasApproval = Atomic<Bool>(false)

    /// Whether the server was looked at and nothing was found that forbids keeping alerts there.
    public var isApproved: Bool { hasApproval.load(ordering: .acquiring) }

    func approve(_ isApproved: Bool) { hasApproval.store(isApproved, ordering: .releasing) }

    /// The number of shards.
    public var shardCount: Int { shards.count }

    /// Queues on a Redis server.
    ///
    /// - Parameters:
    ///   - redis: The client; somebody else runs it.
    ///   - shards: The map from tenants to shards; the same for every node of a deployment.
    ///   - rootKey: The key that wraps the tenants' data keys.
    ///   - clock: The clock that dates new keys.
    ///   - confirmTimeout: How long the replicas or the disk may take to confirm a write.
    ///   - logger: Where background events go.
    public convenience init(
        redis: RedisClient, shards: ShardMap, rootKey: RootKey, clock: any WallClock,
        confirmTimeout: Duration = .seconds(1), logger: Logger
    ) {
        self.init(
            redis: redis, shards: shards, rootKey: rootKey, clock: clock, confirmTimeout: confirmTimeout,
            logger: logger, library: .current)
    }

    /// Queues that call the functions of another version of the library.
    init(
        redis: RedisClient, shards: ShardMap, rootKey: RootKey, clock: any WallClock,
        confirmTimeout: Duration = .seconds(1), logger: Logger, library: FunctionLibrary
    ) {
        self.redis = redis
        confirmations = ConfirmedWrites(redis: redis, timeout: confirmTimeout, logger: logger)
        self.shards = shards
        self.logger = logger
        self.library = library
        sealers = SealerCache(redis: redis, shards: shards, rootKey: rootKey, clock: clock, logger: logger)
    }

    /// Whether there is a connection to Redis now.
    public var isConnected: Bool { redis.isConnected }

    /// How often a master of Redis has been replaced; what was answered before a change may be unknown to the new one.
    public var topologyEpoch: Int { redis.topologyEpoch }

    /// Loads this build's function library into every server that has keys.
    ///
    /// Harmless if it is there already.
    ///
    /// - Throws: ``RedisError`` if one of them does not take it; the others have it then.
    public func loadFunctions() async throws {
        var failure: (any Error)?
        for server in redis.servers {
            do { try await loadFunctions(into: server) } catch { failure = error }
        }
        if let failure { throw failure }
    }

    private func loadFunctions(into server: RedisConfiguration.Endpoint) async throws {
        var command = RedisCommand(.functionLoad, capacity: library.text.utf8.count + 64)
        command.append("REPLACE")
        command.append(library.text)
        _ = try await redis.send(command, to: server)
    }

    /// The shard on which a tenant lives.
    public func shard(of tenant: TenantID) -> Int { shards.shard(of: tenant) }

    /// The id of the root key, which names the deployment.
    public var rootKeyID: String { sealers.rootKey.id }

    /// The key with which content-derived ids of a tenant are hashed.
    public func indexKey(of tenant: TenantID) -> IndexKey { sealers.rootKey.indexKey(for: tenant) }

    /// Calls a function, and loads the library first where the server has lost it (a flush, a new master).
    func call(
        _ function: FunctionLibrary.Function, on keys: ShardKeys, capacity: Int = 256,
        _ arguments: (inout RedisCommand) throws -> Void
    ) async throws -> RedisReply {
        try await call(function, on: keys.agenda, capacity: capacity, arguments)
    }

    func call(
        _ function: FunctionLibrary.Function, on key: String, capacity: Int = 256,
        _ arguments: (inout RedisCommand) throws -> Void
    ) async throws -> RedisReply {
        try await call(function, on: key, capacity: capacity, arguments, send: { try await redis.send($0) })
    }

    func call<Reply>(
        _ function: FunctionLibrary.Function, on key: String, capacity: Int,
        _ arguments: (inout RedisCommand) throws -> Void, send: (RedisCommand) async throws -> Reply
    ) async throws -> Reply {
        var command = RedisCommand(.fcall, capacity: capacity)
        command.append(library.name(of: function))
        command.append(1)
        command.append(key)
        try arguments(&command)
        do {
            return try await send(command)
        } catch let error as RedisError where error.kind == .noFunction {
            try await loadFunctions(into: redis.server(of: key))
            return try await send(command)
        }
    }
}
