public import TocsinCore
import TocsinRedis

/// How a receiver is doing, as all workers together know it.
public struct ReceiverHealth: Sendable, Hashable {
    /// In a word.
    public enum State: String, Sendable {
        /// Its last attempt did not fail.
        case healthy
        /// Attempts fail, and are tried again.
        case failing
        /// Nothing is sent for a while, because it asked for that or failed several times in a row.
        case resting
        /// Nothing is sent until somebody changes it: its vendor has refused it for good.
        case parked
    }

    /// In a word.
    public var state = State.healthy
    /// Attempts that failed in a row.
    public var failures = 0
    /// Why it is or was parked, as a word that scripts can match; `nil` once it works again.
    public var reason: String?
    /// Until when nothing is sent.
    public var until: Timestamp?
    /// Notifications that no worker has claimed.
    public var waiting = 0
    /// Notifications in flight.
    public var inFlight = 0
    /// Notifications that wait for another attempt.
    public var retrying = 0
}

extension TenantStreams {
    /// How receivers of a tenant are doing, in their order.
    ///
    /// - Throws: ``RedisError``.
    public func health(of receivers: [String], tenant: TenantID, now: Timestamp) async throws -> [ReceiverHealth] {
        let keys = shards.keys(of: tenant)
        var found: [ReceiverHealth] = []
        for receiver in receivers {
            var health = ReceiverHealth()
            let fields = try await redis.hgetall(keys.health(tenant, receiver))
            let state = Dictionary(fields.map { ($0.0, String(decoding: $0.1, as: UTF8.self)) }) { _, last in last }
            func time(_ name: String) -> Timestamp? {
                state[name].flatMap { Double($0) }.map { Timestamp(milliseconds: Int64($0)) }
            }
            health.failures = Int(state["fails"] ?? "") ?? 0
            if health.failures > 0 { health.state = .failing }
            if let open = time("open"), open > now { (health.state, health.until) = (.resting, open) }
            health.reason = state["parked"]
            if let end = time("parkend"), end > now {
                (health.state, health.until) = (.parked, end)
            } else if health.reason != nil, health.state == .healthy {
                health.state = .failing
            }
            let stream = keys.deliveries(tenant, receiver)
            health.inFlight = try await redis.pendingCount(stream, group: "dispatchers")
            health.waiting = max(0, try await redis.xlen(stream) - health.inFlight)
            health.retrying = try await redis.zcard(keys.retries(tenant, receiver))
            found.append(health)
        }
        return found
    }

    /// Lets workers send to a receiver again that is parked or rests.
    ///
    /// What parked it is known until an attempt succeeds, which is told to those who were told that it was parked.
    ///
    /// - Returns: Whether it was.
    /// - Throws: ``RedisError``.
    public func resume(_ receiver: String, of tenant: TenantID) async throws -> Bool {
        var command = RedisCommand(.hdel)
        command.append(shards.keys(of: tenant).health(tenant, receiver))
        for field in ["parkend", "parks", "open", "fails"] { command.append(field) }
        return try await redis.send(command).requireInteger() > 0
    }
}
