import TocsinCore
import TocsinRedis

/// What waits for workers in all shards, and what they have done since ever.
public struct QueueLoad: Sendable, Hashable, Codable {
    /// Deliveries that a worker could begin now, retries that are due among them.
    public var ready = 0
    /// How many of these are retries.
    public var dueRetries = 0
    /// Deliveries that wait for their receiver: its breaker, its parking, its rate, or the most it may have at once.
    ///
    /// Of receivers that are waiting only; one that is busy to its limit is not looked at.
    public var blocked = 0
    /// How many more deliveries the receivers of ``ready`` would take at once.
    public var freePlaces = 0
    /// Alerts that are not routed.
    public var unrouted = 0
    /// Tenants with something due: alerts to route or groups to flush.
    public var dueTurns = 0
    /// How long the oldest of all this has waited, in milliseconds; `nil` if nothing waits.
    public var oldestAgeMilliseconds: Int64?
    /// In how many milliseconds the next group or retry falls due; `nil` if none will.
    public var nextDueMilliseconds: Int64?
    /// Notifications made, since ever.
    public var notified = 0
    /// Attempts that ended, since ever.
    public var attempts = 0
    /// Attempts after which another was planned, since ever.
    public var retries = 0

    /// A load of nothing.
    public init() {}

    mutating func add(_ counts: [Int64]) {
        ready += Int(counts[0])
        dueRetries += Int(counts[1])
        blocked += Int(counts[2])
        freePlaces += Int(counts[3])
        unrouted += Int(counts[4])
        dueTurns += Int(counts[5])
        if counts[6] >= 0 { oldestAgeMilliseconds = max(oldestAgeMilliseconds ?? 0, counts[6]) }
        if counts[7] >= 0 { nextDueMilliseconds = min(nextDueMilliseconds ?? .max, counts[7]) }
        notified += Int(counts[8])
        attempts += Int(counts[9])
        retries += Int(counts[10])
    }
}

extension TenantStreams {
    /// The most receivers, and the most tenants, that are looked at in one shard.
    private static let mostLooked = 32

    /// What waits for workers.
    ///
    /// One call of a function for each shard, all in one round trip. Each looks at the receivers and tenants that wait,
    /// 32 of each at most, and at nothing of a tenant that is idle: some tens of microseconds of Redis' time for a shard.
    ///
    /// - Parameter ahead: For how long what a receiver's rate limit lets through counts as something that can be done.
    /// - Throws: ``RedisError``.
    public func load(ahead: Duration) async throws -> QueueLoad {
        let commands = (0..<shards.count).map { shard in
            var command = RedisCommand(.fcall)
            command.append(library.name(of: .load))
            command.append(1)
            command.append(ShardKeys(shard: shard).agenda)
            command.append(ahead.milliseconds)
            command.append(Self.mostLooked)
            return command
        }
        var replies = try await redis.send(commands)
        if replies.contains(where: { if case .failure(let error) = $0 { error.kind == .noFunction } else { false } }) {
            try await loadFunctions()
            replies = try await redis.send(commands)
        }
        var load = QueueLoad()
        for reply in replies {
            let answer = try reply.get().requireArray()
            guard answer.count == 11 else { throw StreamsError.unexpectedAnswer("load") }
            load.add(try answer.map { try $0.requireInteger() })
        }
        return load
    }
}
