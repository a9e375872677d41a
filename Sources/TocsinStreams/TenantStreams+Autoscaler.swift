import TocsinCore
import TocsinRedis

/// Whether an autoscaler is in charge.
public struct AutoscalerCharge: Sendable, Hashable {
    /// Whether who asked is in charge.
    public var isOwn: Bool
    /// The number under which who is in charge writes; it is larger for everyone who comes after.
    public var fence: Int64
    /// How long the charge lasts unless it is prolonged.
    public var left: Duration
}

extension TenantStreams {
    /// The most decisions that are kept.
    private static let mostDecisions = 1000

    /// Takes the charge of the pool, or keeps it.
    ///
    /// - Parameters:
    ///   - id: Who asks; no other process has or had this name.
    ///   - lease: For how long.
    /// - Throws: ``RedisError``.
    public func lead(_ id: String, for lease: Duration) async throws -> AutoscalerCharge {
        try await lead(id, for: lease, of: ShardKeys.autoscaler)
    }

    /// Takes a charge of which there is one in the deployment, or keeps it.
    func lead(_ id: String, for lease: Duration, of charge: String) async throws -> AutoscalerCharge {
        let answer = try await tellAutoscaler(id, "lead", of: charge) { $0.append(lease.milliseconds) }
        guard answer.count == 3, let fence = answer[1].string.flatMap({ Int64($0) }),
            let left = answer[2].string.flatMap({ Int64($0) })
        else { throw StreamsError.unexpectedAnswer("autoscaler") }
        return AutoscalerCharge(
            isOwn: try answer[0].requireInteger() == 1, fence: fence, left: .milliseconds(left))
    }

    /// Gives the charge up, so that another may take it at once.
    ///
    /// - Throws: ``RedisError``.
    public func leaveLead(_ id: String) async throws { try await leaveLead(id, of: ShardKeys.autoscaler) }

    func leaveLead(_ id: String, of charge: String) async throws {
        _ = try await tellAutoscaler(id, "leave", of: charge) { _ in }
    }

    /// Records a decision, if who made it is still in charge.
    ///
    /// - Parameters:
    ///   - decision: A record of the caller's own form.
    ///   - isKept: Whether it is kept among the last thousand; the newest is known in any case.
    /// - Returns: `false` if somebody else is in charge; nothing was written then, and nothing may be done.
    /// - Throws: ``RedisError``.
    public func record(decision: [UInt8], isKept: Bool, by id: String, fence: Int64) async throws -> Bool {
        let answer = try await tellAutoscaler(id, "record") { command in
            command.append(fence)
            command.append(decision)
            command.append(isKept ? 1 : 0)
            command.append(Self.mostDecisions)
        }
        return try answer.first?.requireInteger() == 1
    }

    /// The newest decision, whether it changed anything or not; `nil` if there was none yet.
    ///
    /// - Throws: ``RedisError``.
    public func newestDecision() async throws -> [UInt8]? {
        var command = RedisCommand(.hget)
        command.append(ShardKeys.autoscaler)
        command.append("newest")
        return try await redis.send(command).bytes
    }

    /// The decisions that changed something, newest first.
    ///
    /// - Throws: ``RedisError``.
    public func decisions(limit: Int) async throws -> [[UInt8]] {
        var command = RedisCommand(.lrange)
        command.append(ShardKeys.autoscaler + ":decisions")
        command.append(0)
        command.append(max(1, limit) - 1)
        return try await redis.send(command).requireArray().map { try $0.requireBytes() }
    }

    /// Who is in charge; `nil` if nobody is, or it has fallen silent.
    ///
    /// - Throws: ``RedisError``.
    public func autoscalerInCharge() async throws -> String? {
        let fields = Dictionary(
            try await redis.hgetall(ShardKeys.autoscaler).map { ($0.key, String(decoding: $0.value, as: UTF8.self)) },
            uniquingKeysWith: { $1 })
        let time = try await redis.send(
            RedisCommand(.time), to: redis.server(of: ShardKeys.autoscaler)
        ).requireArray()
        guard let until = fields["until"].flatMap({ Int64($0) }),
            let now = time.first?.string.flatMap({ Int64($0) }), until > now * 1000
        else { return nil }
        return fields["holder"]
    }

    private func tellAutoscaler(
        _ id: String, _ word: String, of charge: String = ShardKeys.autoscaler,
        _ rest: (inout RedisCommand) -> Void
    ) async throws -> RedisReply.Elements {
        try await call(.autoscaler, on: charge) { command in
            command.append(id)
            command.append(word)
            rest(&command)
        }.requireArray()
    }
}
