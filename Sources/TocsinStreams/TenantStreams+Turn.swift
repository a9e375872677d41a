import Logging
import TocsinCore
import TocsinRedis
import TocsinRouting
import TocsinSealing

extension TenantStreams {
    /// Asks for the next turn of a shard.
    ///
    /// - Throws: ``RedisError``, or ``SealingError`` if the tenant's keys cannot be used with this root key.
    public func takeTurn(shard: Int, worker: WorkerID, limits: TurnLimits) async throws -> TurnOffer {
        let keys = ShardKeys(shard: shard)
        let reply = try await call(.turn, on: keys) { command in
            command.append(worker.text)
            command.append(limits.lease.milliseconds)
            command.append(limits.alerts)
            command.append(limits.groups)
            command.append(limits.deadAfter.milliseconds)
        }
        let answer = try reply.requireArray()
        guard let found = answer.count >= 2 ? answer[0].integer : nil else {
            throw StreamsError.unexpectedAnswer("turn")
        }
        guard found == 1 else { return .none(nextIn: wait(answer[1])) }
        guard answer.count == 10, let tenant = answer[1].string.flatMap({ TenantID($0) }),
            let fence = answer[2].string.flatMap({ Int64($0) }), let now = answer[3].string.flatMap({ Int64($0) }),
            let entries = answer[4].array, let timers = answer[5].array, let buried = answer[6].integer,
            let horizon = answer[7].string.flatMap({ Int64($0) }),
            let silences = answer[8].string.flatMap({ Int64($0) }), let inhibition = answer[9].string
        else { throw StreamsError.unexpectedAnswer("turn") }
        func turn(_ batches: [Turn.Batch], _ dueGroups: [Turn.DueGroup]) -> Turn {
            Turn(
                tenant: tenant, shard: shard, fence: fence, now: Timestamp(milliseconds: now),
                horizon: Timestamp(milliseconds: horizon), batches: batches, dueGroups: dueGroups,
                poisonedAlerts: Int(buried), silencesVersion: silences, inhibitionDigest: inhibition, worker: worker)
        }
        do {
            return .turn(turn(try await open(entries, of: tenant, keys: keys), try self.dueGroups(timers)))
        } catch {
            // The lease would end by itself, but other workers may hold the keys that this one lacks.
            _ = try? await release(turn([], []), retryIn: .seconds(1))
            throw error
        }
    }

    /// Gives a turn back unfinished; what it read is taken over by the tenant's next turn.
    public func release(_ turn: Turn, retryIn delay: Duration) async throws {
        _ = try await call(.release, on: ShardKeys(shard: turn.shard)) { command in
            command.append(turn.tenant.name)
            command.append(turn.fence)
            command.append(turn.worker.text)
            command.append(delay.milliseconds)
        }
    }

    /// Prolongs a turn that takes longer than its lease.
    ///
    /// - Returns: `false` if the turn is another worker's by now.
    public func renew(_ turn: Turn, lease: Duration) async throws -> Bool {
        let reply = try await call(.renew, on: ShardKeys(shard: turn.shard)) { command in
            command.append(turn.tenant.name)
            command.append(turn.fence)
            command.append(turn.worker.text)
            command.append(lease.milliseconds)
        }
        return try reply.requireInteger() == 1
    }

    /// Records everything that a turn decided and ends it, in one step.
    ///
    public func commit(_ outcome: TurnOutcome, of turn: Turn) async throws -> CommitResult {
        let keys = ShardKeys(shard: turn.shard)
        let sealer = try await sealers.sealer(for: turn.tenant)
        let reply = try await call(.commit, on: keys, capacity: outcome.roughSize) { command in
            command.append(turn.tenant.name)
            command.append(turn.fence)
            command.append(turn.worker.text)
            try outcome.append(to: &command, sealer: sealer, shard: keys.shard)
        }
        let answer = try reply.requireArray()
        guard let done = answer.count == 2 ? answer[0].integer : nil else {
            throw StreamsError.unexpectedAnswer("commit")
        }
        return done == 1 ? .committed(nextIn: wait(answer[1])) : .fenced
    }

    func wait(_ reply: RedisReply) -> Duration? {
        guard let text = reply.string, let milliseconds = Int64(text), milliseconds >= 0 else { return nil }
        return .milliseconds(milliseconds)
    }

    private func open(
        _ entries: RedisReply.Elements, of tenant: TenantID, keys: ShardKeys
    ) async throws -> [Turn.Batch] {
        var batches: [Turn.Batch] = []
        batches.reserveCapacity(entries.count / 5)
        for index in stride(from: 0, to: entries.count - 4, by: 5) {
            guard let entry = entries[index].string, let sealed = entries[index + 1].bytes,
                let alerts = entries[index + 2].string.flatMap({ Int($0) }),
                let restored = entries[index + 3].string, let origin = entries[index + 4].string,
                let received = Int64(restored.isEmpty ? entry.prefix { $0 != "-" } : restored[...])
            else { throw StreamsError.malformed("an entry of a tenant's alerts stream") }
            let sealer = try await sealers.sealer(for: tenant, toOpen: sealed)
            batches.append(
                Turn.Batch(
                    entry: entry, receivedAt: Timestamp(milliseconds: received), alerts: alerts,
                    origin: BatchOrigin(text: origin),
                    payload: sealer.opening(sealed, shard: keys.shard, purpose: .alerts)))
        }
        return batches
    }

    private func dueGroups(_ timers: RedisReply.Elements) throws -> [Turn.DueGroup] {
        try stride(from: 0, to: timers.count - 1, by: 2).map { index in
            guard let id = timers[index].string, let due = timers[index + 1].string.flatMap({ Double($0) }) else {
                throw StreamsError.malformed("a timer of a tenant")
            }
            return Turn.DueGroup(id: GroupID(id), due: Timestamp(milliseconds: Int64(due)))
        }
    }
}
