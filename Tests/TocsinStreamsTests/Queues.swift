import Logging
import TocsinCore
import TocsinRedis
import TocsinSealing
import TocsinStreams
import TocsinTesting

/// A tenant's queues on a real server, with the steps of a worker as short calls.
struct Queues: Sendable {
    static let tenant: TenantID = TenantID("acme") ?? { preconditionFailure("a valid name") }()
    static let receiver = "hook"
    /// Short for a worker, long for the steps of a test.
    static let deadAfter = Duration.milliseconds(100)

    let streams: TenantStreams
    let redis: RedisClient

    static func with(_ body: @Sendable @escaping (Queues) async throws -> Void) async throws {
        try await RedisServer.with { client in
            let streams = TenantStreams(
                redis: client, shards: ShardMap(count: 1), rootKey: .generate(), clock: SystemClock(),
                logger: Logger(label: "test"))
            try await streams.loadFunctions()
            try await body(Queues(streams: streams, redis: client))
        }
    }

    /// Sends a command as it is.
    @discardableResult
    func send(_ name: String, _ arguments: String...) async throws -> RedisReply {
        var command = RedisCommand(unlisted: name)
        for argument in arguments { command.append(argument) }
        return try await redis.send(command)
    }

    func accept(alerts: Int) async throws {
        let admission = try await streams.accept(
            Array("[]".utf8), alerts: alerts, from: Queues.tenant,
            policy: AdmissionPolicy(weight: 1, queuedAlerts: 1_000_000, alertsPerSecond: 0, burst: 0))
        guard admission == .accepted else { throw Refused() }
    }

    struct Refused: Error {}

    func turn(_ worker: WorkerID, lease: Duration = .seconds(60), deadAfter: Duration = .seconds(60)) async throws
        -> Turn?
    {
        guard
            case .turn(let turn) = try await streams.takeTurn(
                shard: 0, worker: worker, limits: TurnLimits(lease: lease, deadAfter: deadAfter))
        else { return nil }
        return turn
    }

    /// Makes one notification, of a group of its own, of each batch that the turn has read.
    func commit(
        _ turn: Turn, concurrency: Int = 1000, group: GroupID? = nil, trail: [UInt8] = [], trailBytes: Int = 0
    ) async throws -> Bool {
        var outcome = TurnOutcome()
        (outcome.trail, outcome.trailBytes) = (trail, trailBytes)
        for batch in turn.batches {
            let group = group ?? GroupID(batch.entry)
            outcome.acknowledged.append(batch.entry)
            outcome.acknowledgedAlerts += batch.alerts
            var change = GroupChange(id: group)
            change.header = [1]
            change.meta = GroupMeta(flushedAt: turn.now, interval: .seconds(3600), sequence: 1)
            outcome.groups.append(change)
            outcome.notifications.append(
                QueuedNotification(
                    receiver: Queues.receiver, id: "n-" + batch.entry, group: group, owed: batch.alerts, body: [7],
                    log: [8], limits: ReceiverLimits(concurrency: concurrency), createdAt: turn.now))
        }
        for due in turn.dueGroups {
            var change = GroupChange(id: due.id)
            change.timer = .none
            outcome.groups.append(change)
        }
        return try await streams.commit(outcome, of: turn) != .fenced
    }

    /// Accepts batches and routes them, so that there is a notification of each.
    func queue(_ notifications: Int, by worker: WorkerID, concurrency: Int = 1000) async throws {
        for _ in 0..<notifications { try await accept(alerts: 1) }
        while let turn = try await turn(worker) { _ = try await commit(turn, concurrency: concurrency) }
    }

    func claim(_ worker: WorkerID, _ budget: Int = 100, deadAfter: Duration = Queues.deadAfter) async throws
        -> [ClaimedDelivery]
    {
        try await streams.claimDeliveries(
            shard: 0, worker: worker, budget: budget, deadAfter: deadAfter
        ).deliveries
    }

    func settle(
        _ delivery: ClaimedDelivery, _ verdict: Settlement.Verdict, health: Settlement.Health = .unknown
    ) async throws -> Bool {
        try await streams.settle(delivery, Settlement(verdict: verdict, attempt: "attempt", health: health)) != .lost
    }

    /// Lets another worker's heartbeat notice that everybody else is dead, and counts what it hands back.
    func buryTheDead(noticedBy worker: WorkerID) async throws -> Int {
        var count = 0
        try await eventually(deadline: .seconds(60), "the dead worker is noticed") {
            count += try await streams.beat(worker, deadAfter: Queues.deadAfter)
            return count > 0
        }
        return count
    }

    /// The ledger's pending obligations against those counted in the queues.
    func pending() async throws -> (expected: Int, counted: Int) {
        let ledger = try await streams.ledger(of: Queues.tenant)
        let counted = try await streams.audit(Queues.tenant)
        return (ledger.expectedPending, counted.pending)
    }
}
