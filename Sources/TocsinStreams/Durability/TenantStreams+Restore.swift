import TocsinCore
import TocsinRedis
import TocsinRouting
import TocsinSealing

extension TenantStreams {
    /// How many batches, and bytes of them, one call restores: a script holds up everybody else.
    private static let mostBatches = 64
    private static let mostBytes = 1 << 20

    /// Adds batches that were accepted before, where the server does not know of them.
    ///
    /// One that is known, even if it was dealt with and deleted, is not added twice. The tenant's limits do not count: the
    /// sender was told that the batch is kept.
    ///
    /// - Parameters:
    ///   - batches: What to restore, oldest first.
    ///   - remembering: How long the server is to know the batches' names.
    /// - Returns: How many batches were added, and the alerts in them.
    /// - Throws: ``RedisError``; some of the batches may be restored then, and restoring all of them again does no harm.
    public func restore(
        _ batches: [SealedBatch], remembering: Duration
    ) async throws -> (batches: Int, alerts: Int) {
        for (tenant, batches) in Dictionary(grouping: batches, by: \.tenant) {
            for key in Set(batches.map(\.dataKey)) { try await sealers.ensure(key, of: tenant) }
        }
        var total = (batches: 0, alerts: 0)
        for (shard, batches) in Dictionary(grouping: batches, by: \.shard).sorted(by: { $0.key < $1.key }) {
            // Most of them are known, and a name is much shorter than a batch.
            var rest = try await unknown(batches, shard: shard)[...]
            while !rest.isEmpty {
                let part = TenantStreams.part(of: rest)
                rest = rest.dropFirst(part.count)
                let added = try await restore(part, shard: shard, remembering: remembering)
                total = (total.batches + added.batches, total.alerts + added.alerts)
            }
        }
        return total
    }

    /// The batches whose names the server does not know.
    private func unknown(_ batches: [SealedBatch], shard: Int) async throws -> [SealedBatch] {
        let keys = ShardKeys(shard: shard)
        var unknown: [SealedBatch] = []
        for start in stride(from: 0, to: batches.count, by: 512) {
            let part = batches[start..<min(start + 512, batches.count)]
            let answers = try await redis.send(
                part.map { batch in
                    var command = RedisCommand(.sismember)
                    command.append(keys.seen(batch.id, at: batch.acceptedAt ?? Timestamp(milliseconds: 0)))
                    command.append(batch.id.number)
                    return command
                })
            for (batch, answer) in zip(part, answers) where try answer.get().requireInteger() == 0 {
                unknown.append(batch)
            }
        }
        return unknown
    }

    private static func part(of batches: ArraySlice<SealedBatch>) -> ArraySlice<SealedBatch> {
        var bytes = 0
        let end = batches.prefix(mostBatches).firstIndex { batch in
            bytes += batch.size
            return bytes > mostBytes
        }
        return batches.prefix(max(1, (end ?? batches.endIndex) - batches.startIndex)).prefix(mostBatches)
    }

    private func restore(
        _ batches: ArraySlice<SealedBatch>, shard: Int, remembering: Duration
    ) async throws -> (batches: Int, alerts: Int) {
        let reply = try await call(
            .restore, on: ShardKeys(shard: shard), capacity: batches.reduce(256) { $0 + $1.size }
        ) { command in
            command.append(remembering.milliseconds)
            for batch in batches {
                command.append(batch.tenant.name)
                command.append(batch.id.text)
                command.append(batch.acceptedAt?.milliseconds ?? 0)
                command.append(batch.alerts)
                command.append(try sealers.renewed(batch.sealed, of: batch.tenant, shard: shard))
                command.append(batch.weight)
                command.append(batch.origin.text)
            }
        }
        let answer = try reply.requireArray()
        guard answer.count == 2, let added = answer[0].integer, let alerts = answer[1].integer else {
            throw StreamsError.unexpectedAnswer("restore")
        }
        return (Int(added), Int(alerts))
    }
}
