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
    /// Blocks on a connection of its own. One token is in a bell at most, so a ring says that there is work, not how much.
    ///
    /// - Parameters:
    ///   - wait: The longest single wait; `onQuiet` is called after each that brought nothing.
    ///   - onRing: Called for every ring.
    ///   - onQuiet: Called when nothing rang for `wait`.
    /// - Throws: ``RedisError`` when the connection is lost.
    public func listen(
        wait: Duration, onRing: (DoorbellRing) -> Void, onQuiet: () -> Void
    ) async throws {
        let bells = (0..<shards.count).flatMap { shard in
            let keys = ShardKeys(shard: shard)
            return [
                (keys.workBell, DoorbellRing(shard: shard, isDelivery: false)),
                (keys.outboxBell, DoorbellRing(shard: shard, isDelivery: true)),
            ]
        }
        let rings = Dictionary(uniqueKeysWithValues: bells)
        try await redis.withDedicatedConnection { connection in
            var order = bells.map(\.0)
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
