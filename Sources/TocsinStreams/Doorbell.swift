import TocsinCore
import TocsinRedis

/// What rang.
public struct DoorbellRing: Sendable, Hashable {
    /// The shard in which there is work.
    public let shard: Int
    /// Whether it is alerts to route and groups to flush, or notifications to deliver.
    public let isDelivery: Bool
}

extension TenantStreams {
    /// Listens for work in every shard until the task is cancelled or the connection is lost.
    ///
    /// Blocks on a connection of its own, in a cluster on one for each shard. One token is in a bell at most, so a ring says that there is work, not how much.
    ///
    /// - Parameters:
    ///   - wait: The longest single wait; `onQuiet` is called after each that brought nothing.
    ///   - onRing: Called for every ring.
    ///   - onQuiet: Called when nothing rang for `wait`.
    /// - Throws: ``RedisError`` when the connection is lost.
    public func listen(
        wait: Duration, onRing: @escaping @Sendable (DoorbellRing) -> Void,
        onQuiet: @escaping @Sendable () -> Void
    ) async throws {
        let bells = (0..<shards.count).map { shard in
            let keys = ShardKeys(shard: shard)
            return [
                (keys.workBell, DoorbellRing(shard: shard, isDelivery: false)),
                (keys.outboxBell, DoorbellRing(shard: shard, isDelivery: true)),
            ]
        }
        // A cluster takes no command that names keys of several shards, and one that blocks needs its connection alone.
        let parts = redis.isClustered ? bells : [bells.flatMap { $0 }]
        try await withThrowingTaskGroup(of: Void.self) { group in
            for part in parts {
                group.addTask { try await self.listen(to: part, wait: wait, onRing: onRing, onQuiet: onQuiet) }
            }
            try await group.waitForAll()
        }
    }

    private func listen(
        to bells: [(key: String, ring: DoorbellRing)], wait: Duration, onRing: @Sendable (DoorbellRing) -> Void,
        onQuiet: @Sendable () -> Void
    ) async throws {
        let rings = Dictionary(uniqueKeysWithValues: bells.map { ($0.key, $0.ring) })
        try await redis.withDedicatedConnection(for: bells.first?.key ?? "") { connection in
            var order = bells.map(\.key)
            while !Task.isCancelled {
                let heard = try await connection.blpop(order, timeout: wait)
                guard let heard, let ring = rings[heard.key] else {
                    onQuiet()
                    continue
                }
                onRing(ring)
                // BLPOP serves the first key that has something: turning the order keeps busy shards from hiding others.
                order.append(order.removeFirst())
            }
        }
    }
}
