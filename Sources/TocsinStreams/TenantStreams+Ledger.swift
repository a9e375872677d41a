public import TocsinCore
import TocsinRedis

/// What became of everything that a tenant was promised.
///
/// An obligation is one accepted alert for one receiver that its routes name. Each ends in exactly one state, so that
/// `accepted + fanout = pending + delivered + dead + suppressed + superseded`.
public struct Ledger: Sendable, Hashable, Codable {
    /// Alerts accepted from senders.
    public var accepted = 0
    /// Obligations beyond one per alert (several receivers), or fewer (negative).
    public var fanout = 0
    /// Obligations whose notification was delivered.
    public var delivered = 0
    /// Obligations whose notification was given up, or whose batch could not be handled.
    public var dead = 0
    /// Obligations that a rule forbids to notify.
    public var suppressed = 0
    /// Obligations whose notification would have said nothing new.
    public var superseded = 0
    /// Notifications made, delivered and given up; attempts made; attempts that were not the last.
    public var notified = 0
    /// Notifications delivered.
    public var deliveredNotifications = 0
    /// Notifications given up.
    public var deadNotifications = 0
    /// Attempts made.
    public var attempts = 0
    /// Attempts after which another one was planned.
    public var retries = 0

    /// Obligations that must still be pending if nothing was lost and nothing was made up.
    public var expectedPending: Int { accepted + fanout - delivered - dead - suppressed - superseded }
}

/// How much waits where, counted in the queues themselves and not taken from the ledger.
public struct QueueDepths: Sendable, Hashable, Codable {
    /// Alerts in accepted batches that are not routed yet.
    public var alerts = 0
    /// Obligations in groups that no notification has taken over.
    public var inGroups = 0
    /// Obligations in notifications that are queued, in flight or waiting for a retry.
    public var inNotifications = 0
    /// Notifications that no worker has claimed: `XLEN − XPENDING`.
    public var undelivered = 0
    /// Notifications in flight.
    public var inFlight = 0
    /// Notifications that wait for a retry.
    public var retrying = 0

    /// All pending obligations.
    public var pending: Int { alerts + inGroups + inNotifications }
}

extension TenantStreams {
    /// A tenant's ledger.
    public func ledger(of tenant: TenantID) async throws -> Ledger {
        let fields = try await redis.hgetall(shards.keys(of: tenant).ledger(tenant))
        var counts: [String: Int] = [:]
        for (name, value) in fields { counts[name] = Int(String(decoding: value, as: UTF8.self)) }
        var ledger = Ledger()
        ledger.accepted = counts["accepted"] ?? 0
        ledger.fanout = counts["fanout"] ?? 0
        ledger.delivered = counts["delivered"] ?? 0
        ledger.dead = counts["dead"] ?? 0
        ledger.suppressed = counts["suppressed"] ?? 0
        ledger.superseded = counts["superseded"] ?? 0
        ledger.notified = counts["notified"] ?? 0
        ledger.deliveredNotifications = counts["delivered_notifications"] ?? 0
        ledger.deadNotifications = counts["dead_notifications"] ?? 0
        ledger.attempts = counts["attempts"] ?? 0
        ledger.retries = counts["retries"] ?? 0
        return ledger
    }

    /// The depths that a scrape may ask for every few seconds: no key is read whose size grows with the backlog.
    public func depths(of tenant: TenantID, receivers: [String]) async throws -> QueueDepths {
        let keys = shards.keys(of: tenant)
        var depths = QueueDepths()
        var queued = RedisCommand(.hget)
        queued.append(keys.meta(tenant))
        queued.append("q")
        depths.alerts = Int(try await redis.send(queued).string ?? "") ?? 0
        for receiver in receivers {
            let stream = keys.deliveries(tenant, receiver)
            let pending = try await redis.pendingCount(stream, group: "dispatchers")
            depths.inFlight += pending
            depths.undelivered += max(0, try await redis.xlen(stream) - pending)
            depths.retrying += try await redis.zcard(keys.retries(tenant, receiver))
        }
        return depths
    }

    /// Counts every pending obligation of a tenant by reading all queues, for checking the ledger while nothing moves.
    ///
    /// Receivers that are configured no more count too.
    public func audit(_ tenant: TenantID) async throws -> QueueDepths {
        let keys = shards.keys(of: tenant)
        let prefix = keys.deliveries(tenant, "")
        let found = try await redis.scanAll(match: prefix + "*").map { $0.dropFirst(prefix.count).prefix { $0 != ":" } }
        let receivers = Set(found.map(String.init)).sorted()
        var depths = try await depths(of: tenant, receivers: receivers)
        depths.alerts = 0
        for entry in try await redis.xrange(keys.alerts(tenant)) {
            depths.alerts += Int(DeliveryFields(entry.fields)["n"] ?? "") ?? 0
        }
        for receiver in receivers {
            for entry in try await redis.xrange(keys.deliveries(tenant, receiver)) {
                depths.inNotifications += Int(DeliveryFields(entry.fields)["o"] ?? "") ?? 0
            }
            depths.inNotifications += try await waitingObligations(keys.waiting(tenant, receiver))
        }
        for key in try await redis.scanAll(match: "\(keys.prefix)\(tenant.name):g:*") {
            for (field, value) in try await redis.hgetall(key) where field.hasPrefix("o:") {
                depths.inGroups += Int(String(decoding: value, as: UTF8.self)) ?? 0
            }
        }
        return depths
    }

    private func waitingObligations(_ key: String) async throws -> Int {
        var total = 0
        for (_, packed) in try await redis.hgetall(key) { total += PackedFields.owed(in: packed) ?? 0 }
        return total
    }
}
