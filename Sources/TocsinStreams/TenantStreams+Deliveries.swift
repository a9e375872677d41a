public import TocsinCore
import TocsinRedis
public import TocsinSealing

/// A notification that this worker has to deliver, and that no other worker will while this one lives.
public struct ClaimedDelivery: Sendable {
    /// Whose notification it is.
    public let tenant: TenantID
    /// The tenant's shard.
    public let shard: Int
    /// The receiver's name.
    public let receiver: String
    /// The notification's stable id.
    public let id: String
    /// How many attempts were made before this one.
    public let attempts: Int
    /// When the notification was made.
    public let createdAt: Timestamp
    /// Redis' time of the claim.
    public let claimedAt: Timestamp
    /// The notification, or why it cannot be opened.
    public let body: Result<[UInt8], SealingError>
    /// Whether an earlier attempt ended without an answer, so that the receiver may have it already.
    public let isUnclear: Bool
    /// What was kept of what the receiver's vendor called things that were made for the group; `nil` if nothing was, or it
    /// cannot be opened any more.
    public let memory: [UInt8]?

    /// The digest of the settings under which the receiver was parked, if it is and nothing is to be tried yet.
    public let parkedUnder: String?

    let group: GroupID
    let entry: String
    let worker: WorkerID

    /// The name of a claim, by which Redis and the worker speak of it.
    public struct Reference: Sendable, Hashable {
        let shard: Int
        let text: String
    }

    /// This claim's name.
    public var reference: Reference { Reference(shard: shard, text: "\(tenant.name):\(receiver):\(entry)") }
}

/// How an attempt ended, to be recorded.
public struct Settlement: Sendable, Hashable {
    /// What becomes of the notification.
    public enum Verdict: Sendable, Hashable {
        /// The receiver has it.
        case delivered
        /// It is to be tried again after a while; an attempt was used up.
        case retry(after: Duration)
        /// It is to be tried again after a while; no attempt was made.
        case release(after: Duration)
        /// It is given up; the reason is a word from a short list.
        case dead(reason: String)
    }

    /// What the attempt says about the receiver.
    public enum Health: Sendable, Hashable {
        /// It works.
        case healthy
        /// It does not; after several in a row the breaker opens for all workers, for at least this long.
        case failed(pause: Duration)
        /// It asks to be left alone for this long.
        case paused(Duration)
        /// Nothing will work until somebody changes the receiver: nothing is tried for a minute, then for twice as long
        /// each time, at most for this long, unless its settings have another digest.
        case parked(Duration, settings: String)
        /// Nothing.
        case unknown
    }

    /// What becomes of the notification.
    public var verdict: Verdict
    /// The attempt as one short record without any content of the alert, kept with the notification.
    public var attempt: String
    /// What the attempt says about the receiver.
    public var health: Health
    /// Whether the receiver may have it although it did not say so.
    public var isUnclear = false
    /// What is to be kept for the group's next notification; empty to forget what was kept, `nil` to leave it.
    public var memory: [UInt8]?
    /// An entry for the tenant's audit log, written with it; empty for none.
    public var audit: [UInt8] = []

    /// How an attempt ended.
    public init(verdict: Verdict, attempt: String, health: Health) {
        self.verdict = verdict
        self.attempt = attempt
        self.health = health
    }
}

/// What the end of an attempt has changed.
public enum SettlementChange: Sendable, Hashable {
    /// Nothing: the notification was handed to another worker meanwhile.
    case lost
    /// It is recorded.
    case recorded
    /// It is recorded, and has parked the receiver.
    case parked
    /// It is recorded, and has ended the receiver's time of being parked.
    case revived
}

extension TenantStreams {
    /// How long what a vendor called things is kept after its group's last notification.
    private static let memoryLife = Duration.seconds(30 * 86_400)

    /// Claims notifications of a shard for delivery.
    ///
    /// - Returns: The notifications, and in how long this shard next needs somebody.
    public func claimDeliveries(
        shard: Int, worker: WorkerID, budget: Int, deadAfter: Duration
    ) async throws -> (deliveries: [ClaimedDelivery], nextIn: Duration?) {
        let keys = ShardKeys(shard: shard)
        let reply = try await call(.claim, on: keys) { command in
            command.append(worker.text)
            command.append(budget)
            command.append(deadAfter.milliseconds)
        }
        let answer = try reply.requireArray()
        guard answer.count >= 1 else { throw StreamsError.unexpectedAnswer("claim") }
        var deliveries: [ClaimedDelivery] = []
        for index in 1..<max(1, answer.count) {
            guard let part = answer[index].array, part.count == 5,
                let tenant = part[0].string.flatMap({ TenantID($0) }),
                let receiver = part[1].string, let now = part[2].string.flatMap({ Int64($0) }),
                let entries = part[3].array
            else { throw StreamsError.unexpectedAnswer("claim") }
            for position in stride(from: 0, to: entries.count - 2, by: 3) {
                let fields = DeliveryFields(entries[position + 1])
                guard let entry = entries[position].string, let id = fields["i"], let sealed = fields.sealed,
                    let group = fields["g"].map({ GroupID($0) })
                else { throw StreamsError.malformed("a notification of tenant \(tenant)") }
                deliveries.append(
                    ClaimedDelivery(
                        tenant: tenant, shard: shard, receiver: receiver, id: id,
                        attempts: Int(fields["a"] ?? "") ?? 0,
                        createdAt: Timestamp(milliseconds: Int64(fields["f"] ?? "") ?? now),
                        claimedAt: Timestamp(milliseconds: now),
                        body: try await open(sealed, as: .delivery, context: id, tenant: tenant, shard: shard),
                        isUnclear: fields["u"] == "1",
                        memory: try await openMemory(
                            entries[position + 2], of: group, receiver: receiver, tenant: tenant, shard: shard),
                        parkedUnder: part[4].string.flatMap { $0.isEmpty ? nil : $0 }, group: group, entry: entry,
                        worker: worker))
            }
        }
        return (deliveries, wait(answer[0]))
    }

    /// Records how an attempt ended.
    ///
    /// - Throws: ``RedisError`` if Redis does not answer or refuses; it may or may not be recorded then.
    public func settle(
        _ delivery: ClaimedDelivery, _ settlement: Settlement
    ) async throws -> SettlementChange {
        let verdict: (word: String, wait: Duration, reason: String) =
            switch settlement.verdict {
            case .delivered: ("delivered", .zero, "")
            case .retry(let wait): ("retry", wait, "")
            case .release(let wait): ("release", wait, "")
            case .dead(let reason): ("dead", .zero, reason)
            }
        let health: (word: String, pause: Duration, settings: String) =
            switch settlement.health {
            case .healthy: ("ok", .zero, "")
            case .failed(let pause): ("failed", pause, "")
            case .paused(let pause): ("paused", pause, "")
            case .parked(let pause, let settings): ("parked", pause, settings)
            case .unknown: ("same", .zero, "")
            }
        let memory = try await seal(settlement.memory, for: delivery)
        let reply = try await call(.settle, on: ShardKeys(shard: delivery.shard)) { command in
            command.append(delivery.worker.text)
            command.append(delivery.tenant.name)
            command.append(delivery.receiver)
            command.append(delivery.entry)
            command.append(verdict.word)
            command.append(verdict.wait.milliseconds)
            command.append(verdict.reason)
            command.append(settlement.attempt)
            command.append(health.word)
            command.append(health.pause.milliseconds)
            command.append(settlement.isUnclear ? 1 : 0)
            command.append(memory)
            command.append(TenantStreams.memoryLife.milliseconds)
            command.append(health.settings)
            command.append(settlement.audit)
        }
        switch try reply.requireInteger() {
        case 0: return .lost
        case 2: return .parked
        case 3: return .revived
        default: return .recorded
        }
    }

    private func seal(_ memory: [UInt8]?, for delivery: ClaimedDelivery) async throws -> [UInt8] {
        guard let memory else { return Array((delivery.memory == nil ? "none" : "keep").utf8) }
        guard !memory.isEmpty else { return Array("forget".utf8) }
        return try await sealers.sealer(for: delivery.tenant).seal(
            memory, shard: delivery.shard, purpose: .vendorMemory,
            context: delivery.receiver + ":" + delivery.group.text)
    }

    /// What cannot be opened any more is as good as not kept: the vendor is sent a new message instead of an update.
    private func openMemory(
        _ reply: RedisReply, of group: GroupID, receiver: String, tenant: TenantID, shard: Int
    ) async throws -> [UInt8]? {
        guard let sealed = reply.bytes, !sealed.isEmpty else { return nil }
        let context = receiver + ":" + group.text
        return try? await open(sealed, as: .vendorMemory, context: context, tenant: tenant, shard: shard).get()
    }

    private func open(
        _ sealed: [UInt8], as purpose: SealingPurpose, context: String, tenant: TenantID, shard: Int
    ) async throws -> Result<[UInt8], SealingError> {
        let sealer: Sealer
        do {
            sealer = try await sealers.sealer(for: tenant, toOpen: sealed)
        } catch let error as SealingError {
            // One tenant's keys that cannot be used are no reason to hold up the others' notifications.
            return .failure(error)
        }
        return sealer.opening(sealed, shard: shard, purpose: purpose, context: context)
    }
}

/// The fields of a notification's stream entry or of a dead letter.
struct DeliveryFields {
    private let elements: RedisReply.Elements?

    init(_ reply: RedisReply) { elements = reply.array }

    subscript(name: String) -> String? { value(of: name)?.string }

    var sealed: [UInt8]? { value(of: "b")?.bytes }

    private func value(of name: String) -> RedisReply? {
        guard let elements else { return nil }
        for index in stride(from: 0, to: elements.count - 1, by: 2) where elements[index].string == name {
            return elements[index + 1]
        }
        return nil
    }
}
