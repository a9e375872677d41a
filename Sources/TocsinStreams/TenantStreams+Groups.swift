public import TocsinCore
import TocsinRedis

extension TenantStreams {
    /// The groups of a tenant, in no order: every group that holds an alert has a timer.
    public func groups(of tenant: TenantID) async throws -> [GroupID] {
        let timers = shards.keys(of: tenant).timers(tenant)
        var found: Set<GroupID> = []
        var cursor = "0"
        repeat {
            var command = RedisCommand(.zscan)
            command.append(timers)
            command.append(cursor)
            command.append("COUNT")
            command.append(1000)
            let answer = try await redis.send(command).requireArray()
            guard answer.count == 2 else { throw StreamsError.unexpectedAnswer("ZSCAN") }
            cursor = try answer[0].requireString()
            let members = try answer[1].requireArray()
            for index in stride(from: 0, to: members.count, by: 2) {
                found.insert(GroupID(try members[index].requireString()))
            }
        } while cursor != "0"
        return Array(found)
    }

    /// Flushes every group that has been flushed before, and so starts its interval again: what Alertmanager does to
    /// its groups when it reads its file again.
    public func restartTimers(of tenant: TenantID) async throws {
        _ = try await call(.restart, on: shards.keys(of: tenant)) { $0.append(tenant.name) }
    }

    /// The newest batch of a tenant that waits to be routed, or `nil` if none does.
    public func newestBatch(of tenant: TenantID) async throws -> String? {
        try await batch(.xrevrange, "+", "-", of: tenant)
    }

    /// Whether a batch, and all before it, are routed.
    public func isRouted(_ batch: String, of tenant: TenantID) async throws -> Bool {
        guard let oldest = try await self.batch(.xrange, "-", "+", of: tenant) else { return true }
        return StreamPosition(batch) < StreamPosition(oldest)
    }

    private func batch(
        _ verb: RedisVerb, _ start: String, _ end: String, of tenant: TenantID
    ) async throws -> String? {
        var command = RedisCommand(verb)
        command.append(shards.keys(of: tenant).alerts(tenant))
        for word in [start, end, "COUNT", "1"] { command.append(word) }
        return try await redis.send(command).requireArray().first?.requireArray().first?.requireString()
    }
}

/// An entry's id, by which streams are ordered: milliseconds and a number.
private struct StreamPosition: Comparable {
    let milliseconds: UInt64
    let number: UInt64

    init(_ id: String) {
        let parts = id.split(separator: "-")
        milliseconds = parts.first.flatMap { UInt64($0) } ?? 0
        number = parts.count > 1 ? UInt64(parts[1]) ?? 0 : 0
    }

    static func < (left: StreamPosition, right: StreamPosition) -> Bool {
        (left.milliseconds, left.number) < (right.milliseconds, right.number)
    }
}
