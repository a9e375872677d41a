public import TocsinCore
import TocsinRedis
public import TocsinSealing

/// A notification that was given up, or a batch that nobody could handle.
public struct DeadLetter: Sendable {
    /// Its id: the notification's, or `alerts-` and the entry's.
    public let id: String
    /// The tenant.
    public let tenant: TenantID
    /// Whether it is a notification rather than a batch of alerts.
    public let isNotification: Bool
    /// The receiver's name; empty for a batch.
    public let receiver: String
    /// Why it was given up, a word from a short list.
    public let reason: String
    /// When it was given up.
    public let diedAt: Timestamp
    /// How many attempts were made.
    public let attempts: Int
    /// The attempts, oldest first, as short records without any content.
    public let attemptLog: [String]
    /// The notification or the batch, or why it cannot be opened.
    public let body: Result<[UInt8], SealingError>
}

extension TenantStreams {
    /// How many dead letters a tenant has.
    public func deadLetterCount(of tenant: TenantID) async throws -> Int {
        var command = RedisCommand(.zcard)
        command.append(shards.keys(of: tenant).deadLetterIndex(tenant))
        return Int(try await redis.send(command).requireInteger())
    }

    /// A page of a tenant's dead letters, newest first.
    public func deadLetters(of tenant: TenantID, offset: Int, count: Int) async throws -> [DeadLetter] {
        try await letters(of: tenant) { command in
            command.append(offset)
            command.append(count)
        }
    }

    /// One dead letter, or `nil` if there is none of this id.
    public func deadLetter(_ id: String, of tenant: TenantID) async throws -> DeadLetter? {
        try await letters(of: tenant) { command in
            command.append("id")
            command.append(id)
        }.first
    }

    /// Queues a dead letter again.
    ///
    /// - Returns: Whether there was one.
    public func replayDeadLetter(_ id: String, of tenant: TenantID) async throws -> Bool {
        try await change(.replay, id, of: tenant)
    }

    /// Deletes a dead letter for good.
    ///
    /// - Returns: Whether there was one.
    public func dropDeadLetter(_ id: String, of tenant: TenantID) async throws -> Bool {
        try await change(.drop, id, of: tenant)
    }

    private func change(_ function: FunctionLibrary.Function, _ id: String, of tenant: TenantID) async throws -> Bool {
        let reply = try await call(function, on: shards.keys(of: tenant)) { command in
            command.append(tenant.name)
            command.append(id)
        }
        return try reply.requireInteger() == 1
    }

    private func letters(
        of tenant: TenantID, _ selection: (inout RedisCommand) -> Void
    ) async throws -> [DeadLetter] {
        let keys = shards.keys(of: tenant)
        let reply = try await call(.letters, on: keys) { command in
            command.append(tenant.name)
            selection(&command)
        }
        var letters: [DeadLetter] = []
        for item in try reply.requireArray() {
            guard let pair = item.array, pair.count == 2, let id = pair[0].string else {
                throw StreamsError.unexpectedAnswer("letters")
            }
            let fields = DeliveryFields(pair[1])
            guard let sealed = fields.sealed else { throw StreamsError.malformed("a dead letter of tenant \(tenant)") }
            let isNotification = fields["kind"] == "delivery"
            let sealer = try await sealers.sealer(for: tenant, toOpen: sealed)
            let body = sealer.opening(
                sealed, shard: keys.shard, purpose: isNotification ? .delivery : .alerts,
                context: isNotification ? id : "")
            letters.append(
                DeadLetter(
                    id: id, tenant: tenant, isNotification: isNotification, receiver: fields["receiver"] ?? "",
                    reason: fields["reason"] ?? "unknown",
                    diedAt: Timestamp(milliseconds: Int64(fields["died"] ?? "") ?? 0),
                    attempts: Int(fields["a"] ?? "") ?? 0,
                    attemptLog: (fields["t"] ?? "").split(separator: ";").map(String.init), body: body))
        }
        return letters
    }
}
