import Synchronization
public import TocsinCore
import TocsinRedis
public import TocsinRouting
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

/// What became of a batch that was to be kept.
public enum Keeping: Sendable, Hashable {
    /// Redis has it, as durably as was asked.
    case kept(SealedBatch)
    /// The tenant's limits forbid it; nothing was kept.
    case refused(Admission)
}

extension TenantStreams {
    /// Keeps a batch of a tenant's alerts in Redis' memory, which is all that a notice of our own needs.
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
        let batch = try await seal(
            payload, alerts: alerts, of: tenant, policy: policy, from: BatchOrigin(kind: "notice"))
        switch try await keep(batch, policy: policy, durability: .memory, remembering: nil) {
        case .kept: return .accepted
        case .refused(let admission): return admission
        }
    }

    /// Seals a batch, with a name of its own.
    public func seal(
        _ payload: [UInt8], alerts: Int, of tenant: TenantID, policy: AdmissionPolicy, from origin: BatchOrigin
    ) async throws -> SealedBatch {
        let shard = shards.shard(of: tenant)
        let (sealer, key) = try await sealers.sealerWithKey(for: tenant)
        return SealedBatch(
            tenant: tenant, alerts: alerts, origin: origin, id: .random(), shard: shard, weight: policy.weight,
            dataKey: key,
            sealed: try sealer.seal(payload, shard: shard, purpose: .alerts))
    }

    /// Keeps a batch, and returns only after it is as durable as is asked.
    ///
    /// - Parameters:
    ///   - durability: What to wait for.
    ///   - remembering: How long the server is to know the batch's name, so that ``restore(_:remembering:)`` does not add
    ///     it again; `nil` for a batch that nobody will restore.
    /// - Throws: ``DurabilityError`` if the durability was not met; ``RedisError`` if Redis does not answer or refuses. The
    ///   batch may or may not be kept then.
    public func keep(
        _ batch: SealedBatch, policy: AdmissionPolicy, durability: Durability, remembering: Duration?
    ) async throws -> Keeping {
        let epoch = redis.topologyEpoch
        let reply = try await keep(batch, as: durability) { command in
            command.append(batch.tenant.name)
            command.append(batch.alerts)
            command.append(batch.sealed)
            command.append(policy.weight)
            command.append(policy.queuedAlerts)
            command.append(String(policy.alertsPerSecond))
            command.append(policy.burst)
            command.append(remembering == nil ? "" : batch.id.text)
            command.append(remembering?.milliseconds ?? 0)
            command.append(batch.origin.text)
        }
        let answer = try reply.requireArray()
        guard answer.count >= 2, let kept = answer[0].integer else { throw StreamsError.unexpectedAnswer("accept") }
        if kept == 1 {
            guard let at = answer[1].string.flatMap({ Int64($0) }) else {
                throw StreamsError.unexpectedAnswer("accept")
            }
            // A server that was paused may say yes long after another has taken its place.
            guard redis.topologyEpoch == epoch else { throw DurabilityError.masterChanged }
            var batch = batch
            batch.acceptedAt = Timestamp(milliseconds: at)
            return .kept(batch)
        }
        guard answer.count == 3, let wait = answer[2].integer else { throw StreamsError.unexpectedAnswer("accept") }
        let pause = Duration.milliseconds(max(1, wait))
        return .refused(
            answer[1].string == "queue_full" ? .queueFull(retryAfter: pause) : .rateLimited(retryAfter: pause))
    }

    private func keep(
        _ batch: SealedBatch, as durability: Durability, _ arguments: (inout RedisCommand) throws -> Void
    ) async throws -> RedisReply {
        let (key, capacity) = (ShardKeys(shard: batch.shard).agenda, batch.size + 256)
        let known = abilities.withLock { $0 }
        let need: ConfirmedWrites.Need
        switch durability {
        case .memory: return try await call(.accept, on: key, capacity: capacity, arguments)
        case .fsync where known.disk == .never: throw DurabilityError.notFsynced(isKept: false)
        case .fsync where known.disk == .onRequest: need = .disk
        // Where every write is on disk before it is answered, the answer is all that there is to wait for.
        case .fsync: return try await call(.accept, on: key, capacity: capacity, arguments)
        case .replicated(let count):
            if let replicas = known.replicas, replicas < count { throw DurabilityError.notReplicated(isKept: false) }
            need = .replicas(count)
        }
        let answer = try await call(
            .accept, on: key, capacity: capacity, arguments, send: { try await confirmations.send($0, confirmed: need) }
        )
        if !answer.isConfirmed, try answer.reply.requireArray().first?.integer == 1 {
            throw durability == .fsync
                ? DurabilityError.notFsynced(isKept: true) : DurabilityError.notReplicated(isKept: true)
        }
        return answer.reply
    }

    /// Sets the algorithm under which a tenant's next data key seals; what is sealed already stays readable.
    public func setAlgorithm(_ algorithm: SealingAlgorithm, for tenant: TenantID) {
        sealers.setAlgorithm(algorithm, for: tenant)
    }
}
