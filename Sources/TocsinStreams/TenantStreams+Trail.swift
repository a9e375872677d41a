public import TocsinCore
import TocsinRedis
public import TocsinRouting
import TocsinSealing

extension TenantStreams {
    private static let chunk = 1000

    /// What turns have decided of a tenant's alerts, and how attempts ended; the oldest first.
    ///
    /// What cannot be read is left out: a trail explains, and nothing hangs on it.
    ///
    /// - Throws: ``RedisError``; `SealingError` without the tenant's keys.
    public func trail(of tenant: TenantID) async throws -> (turns: [TurnTrail], attempts: [AttemptTrail]) {
        let keys = shards.keys(of: tenant)
        var turns: [TurnTrail] = []
        var attempts: [AttemptTrail] = []
        var start = 0
        while true {
            var command = RedisCommand(.lrange)
            command.append(keys.trail(tenant))
            command.append(start)
            command.append(start + Self.chunk - 1)
            let records = try await redis.send(command).requireArray().compactMap(\.bytes)
            for record in records {
                if let attempt = AttemptTrail(record) {
                    attempts.append(attempt)
                } else if let sealer = try? await sealers.sealer(for: tenant, toOpen: record),
                    let plain = try? sealer.open(record, shard: keys.shard, purpose: .trail),
                    let turn = try? TurnTrail(record: plain)
                {
                    turns.append(turn)
                }
            }
            guard records.count == Self.chunk else { return (turns, attempts) }
            start += Self.chunk
        }
    }
}

extension AttemptTrail {
    /// Reads what the function `settle` wrote.
    fileprivate init?(_ record: [UInt8]) {
        guard record.starts(with: "A\t".utf8) else { return nil }
        let parts = String(decoding: record, as: UTF8.self)
            .split(separator: "\t", maxSplits: 6, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 7, let time = Int64(parts[1]) else { return nil }
        self.init(
            time: Timestamp(milliseconds: time), notification: parts[2], receiver: parts[3], verdict: parts[4],
            reason: parts[5], attempt: parts[6])
    }
}
