public import TocsinCore
import TocsinRedis
public import TocsinSealing

/// What a tenant may put into its queue.
public struct AdmissionPolicy: Sendable, Hashable {
    /// The tenant's share of the workers' turns against other tenants'.
    public var weight: Int
    /// The most alerts that may wait to be routed.
    public var queuedAlerts: Int
    /// Alerts per second; 0 for no limit.
    public var alertsPerSecond: Double
    /// How many alerts may come at once above the rate.
    public var burst: Int

    /// Limits for one tenant.
    public init(weight: Int, queuedAlerts: Int, alertsPerSecond: Double, burst: Int) {
        self.weight = weight
        self.queuedAlerts = queuedAlerts
        self.alertsPerSecond = alertsPerSecond
        self.burst = burst
    }
}

/// The answer to a sender.
public enum Admission: Sendable, Hashable {
    /// Redis has the batch.
    case accepted
    /// The queue holds as many alerts as it may; nothing was kept.
    case queueFull(retryAfter: Duration)
    /// The tenant sends faster than it may; nothing was kept.
    case rateLimited(retryAfter: Duration)
}

extension TenantStreams {
    /// Keeps a batch of a tenant's alerts.
    ///
    /// Returns only after Redis has confirmed the write.
    ///
    /// - Parameters:
    ///   - payload: A JSON array of alerts as the API v2 takes them.
    ///   - alerts: How many alerts the payload holds.
    ///   - tenant: Whose alerts they are.
    ///   - policy: The tenant's limits.
    /// - Throws: ``RedisError`` if Redis does not answer or refuses; the batch may or may not be kept then.
    public func accept(
        _ payload: [UInt8], alerts: Int, from tenant: TenantID, policy: AdmissionPolicy
    ) async throws -> Admission {
        let keys = shards.keys(of: tenant)
        let sealer = try await sealers.sealer(for: tenant)
        let sealed = try sealer.seal(payload, shard: keys.shard, purpose: .alerts)
        let reply = try await call(.accept, on: keys, capacity: sealed.count + 256) { command in
            command.append(tenant.name)
            command.append(alerts)
            command.append(sealed)
            command.append(policy.weight)
            command.append(policy.queuedAlerts)
            command.append(String(policy.alertsPerSecond))
            command.append(policy.burst)
        }
        let answer = try reply.requireArray()
        guard answer.count >= 2, let kept = answer[0].integer else { throw StreamsError.unexpectedAnswer("accept") }
        if kept == 1 { return .accepted }
        guard answer.count == 3, let wait = answer[2].integer else { throw StreamsError.unexpectedAnswer("accept") }
        let pause = Duration.milliseconds(max(1, wait))
        return answer[1].string == "queue_full" ? .queueFull(retryAfter: pause) : .rateLimited(retryAfter: pause)
    }

    /// Sets the algorithm under which a tenant's next data key seals; what is sealed already stays readable.
    public func setAlgorithm(_ algorithm: SealingAlgorithm, for tenant: TenantID) {
        sealers.setAlgorithm(algorithm, for: tenant)
    }
}
