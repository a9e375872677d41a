import Foundation
import Logging
import Testing
import TocsinAlerts
import TocsinCore
import TocsinIdentity
import TocsinRedis
import TocsinRouting
import TocsinSealing
import TocsinTesting

@testable import TocsinStreams

@Suite("Records that are sealed anew", .timeLimit(.minutes(8)))
struct ResealTests {
    private static let worker = WorkerID("w1")

    private func silence() throws -> Silence {
        Silence(
            id: UUID().uuidString.lowercased(), matchers: [try Matcher.parse("alertname=\"A\"")],
            startsAt: .epoch, endsAt: Timestamp(milliseconds: 4_000_000_000_000), updatedAt: .epoch, createdBy: "a",
            comment: "c")
    }

    /// A record of each kind that stays: groups, a silence, a dead letter, one that waits, secrets of the audit log, a trail.
    private func fill(_ queues: Queues) async throws {
        let streams = queues.streams
        try await queues.queue(2, by: Self.worker)
        let deliveries = try await queues.claim(Self.worker)
        #expect(deliveries.count == 2)
        _ = try await streams.settle(
            deliveries[0], Settlement(verdict: .dead(reason: "test"), attempt: "x", health: .unknown))
        _ = try await streams.settle(
            deliveries[1], Settlement(verdict: .retry(after: .seconds(3600)), attempt: "x", health: .unknown))
        let stored = try await streams.silences(of: Queues.tenant)
        let changed = try await streams.changeSilences(
            of: Queues.tenant, since: stored, write: [try silence()], forgetting: [], most: 0)
        #expect(changed == .changed)
        try await streams.addAuditSigner([1, 2, 3], version: 1, of: Queues.tenant)
        _ = try await streams.auditSubject("s", of: Queues.tenant, new: [4])
        try await streams.keepCredential([5], for: .seconds(600), "token", of: Queues.tenant, asker: "w")
        try await streams.saveToken(
            TokenRecord(
                token: .generate(tenant: Queues.tenant), name: "prometheus", createdAt: .epoch, permissions: [.write]))
        let keys = ShardKeys(shard: 0)
        let sealer = try await streams.sealers.sealer(for: Queues.tenant)
        let trail = TurnTrail(time: .epoch, worker: "w")
        var push = RedisCommand(unlisted: "RPUSH")
        push.append(keys.trail(Queues.tenant))
        push.append(try sealer.seal(trail.record, shard: 0, purpose: .trail))
        _ = try await queues.redis.send(push)
    }

    @Test("after a rotation everything is under the new key, opens, and the old key is destroyed")
    func everything() async throws {
        try await Queues.with { queues in
            let streams = queues.streams
            try await fill(queues)
            let version = try await streams.rotateKey(of: Queues.tenant, algorithm: .chacha20Poly1305)
            #expect(version == 2)
            let first = try await streams.reseal([Queues.tenant], idleAfter: .zero)
            #expect(first.count == 1 && first[0].left == 0 && first[0].unreadable == 0)
            #expect(first[0].resealed >= 10, "\(first[0])")
            #expect(first[0].idleKeys.isEmpty, "one pass may have missed what moved meanwhile")
            let young = try await streams.reseal([Queues.tenant], idleAfter: .seconds(3600))
            #expect(young[0].resealed == 0 && young[0].idleKeys.isEmpty, "nothing has needed it only just")
            let second = try await streams.reseal([Queues.tenant], idleAfter: .zero)
            #expect(second[0].idleKeys == [1] && second[0].neededKeys.isEmpty)
            try await streams.destroyKeys(second[0].idleKeys, of: Queues.tenant)
            let left = try await streams.keys(of: Queues.tenant).map(\.version)
            #expect(left == [2])

            let silences = try await streams.silences(of: Queues.tenant)
            #expect(silences.set.silences.count == 1)
            let letters = try await streams.deadLetters(of: Queues.tenant, offset: 0, count: 10)
            #expect(try letters.map { try $0.body.get() } == [[7]])
            let signers = try await streams.auditSigners(of: Queues.tenant)
            #expect(signers == [1: [1, 2, 3]])
            let subject = try await streams.auditSubject("s", of: Queues.tenant)
            #expect(subject == [4])
            let credential = try await streams.credential(
                "token", of: Queues.tenant, asker: "x", turn: .seconds(1), isRenewal: false)
            #expect(credential.held == [5])
            let trail = try await streams.trail(of: Queues.tenant)
            #expect(trail.turns.count == 1)
            let replayed = try await streams.replayDeadLetter(letters[0].id, of: Queues.tenant)
            #expect(replayed)
            let claimed = try await queues.claim(Self.worker)
            #expect(try claimed.map { try $0.body.get() } == [[7]])
            let tokens = try await streams.tokens(of: Queues.tenant)
            #expect(tokens.map(\.name) == ["prometheus"])
            let nothing = try await streams.reseal([Queues.tenant], idleAfter: .zero)
            #expect(nothing.isEmpty, "one key is left")
        }
    }

    @Test("a key is kept for what waits in a stream, and goes when that has gone")
    func streams() async throws {
        try await Queues.with { queues in
            try await queues.accept(alerts: 3)
            try await queues.streams.rotateKey(of: Queues.tenant, algorithm: .aes256GCM)
            let held = try await queues.streams.reseal([Queues.tenant], idleAfter: .zero)
            #expect(held[0].neededKeys == [1] && held[0].left == 1 && held[0].idleKeys.isEmpty)
            let turn = try #require(try await queues.turn(Self.worker))
            #expect(try turn.batches.map { try $0.payload.get() } == [Array("[]".utf8)])
            let isDone = try await queues.commit(turn)
            #expect(isDone)
            let released = try await queues.streams.reseal([Queues.tenant], idleAfter: .zero)
            #expect(released[0].idleKeys.isEmpty)
            let later = try await queues.streams.reseal([Queues.tenant], idleAfter: .zero)
            #expect(later[0].idleKeys == [1])
        }
    }

    @Test("a key that is needed again between two passes is idle only after two more")
    func neededAgain() async throws {
        try await Queues.with { queues in
            try await fill(queues)
            let (streams, keys) = (queues.streams, ShardKeys(shard: 0))
            let old = try #require(try await queues.send("HGET", keys.auditSubjects(Queues.tenant), "s").bytes)
            try await streams.rotateKey(of: Queues.tenant, algorithm: .aes256GCM)
            let first = try await streams.reseal([Queues.tenant], idleAfter: .zero)
            #expect(first[0].idleKeys.isEmpty && first[0].resealed > 0)
            // What a pass has missed because it moved: it waits in a stream now, say.
            var add = RedisCommand(unlisted: "XADD")
            for word in [keys.prefix + "acme:alerts", "*", "n", "1", "b"] { add.append(word) }
            add.append(old)
            _ = try await queues.redis.send(add)
            let second = try await streams.reseal([Queues.tenant], idleAfter: .zero)
            #expect(second[0].idleKeys.isEmpty && second[0].neededKeys == [1])
            try await queues.send("DEL", keys.prefix + "acme:alerts")
            let third = try await streams.reseal([Queues.tenant], idleAfter: .zero)
            #expect(third[0].idleKeys.isEmpty, "it was needed since it was first found idle")
            let fourth = try await streams.reseal([Queues.tenant], idleAfter: .zero)
            #expect(fourth[0].idleKeys == [1])
        }
    }

    @Test("a record that is written while it is sealed anew is not overwritten")
    func raced() async throws {
        try await Queues.with { queues in
            try await fill(queues)
            let keys = ShardKeys(shard: 0)
            let key = keys.auditSubjects(Queues.tenant)
            let old = try #require(try await queues.send("HGET", key, "s").bytes)
            try await queues.send("HSET", key, "s", "newer")
            let reply = try await queues.streams.call(.reseal, on: keys) { command in
                for word in ["h", "acme:audit:subjects", "s"] { command.append(word) }
                command.append(old)
                command.append("resealed")
            }
            #expect(reply.integer == 0)
            let now = try await queues.send("HGET", key, "s").string
            #expect(now == "newer")
        }
    }

    @Test("what keys seal is counted over processes, and one that has sealed half of what it bears is replaced")
    func uses() async throws {
        try await Queues.with { queues in
            for _ in 0..<5 { try await queues.accept(alerts: 1) }
            try await queues.streams.noteKeyUses()
            try await queues.streams.noteKeyUses()
            let uses = try await queues.streams.keyUses(of: Queues.tenant)
            #expect(uses[1] == 5)
            let young = try await queues.streams.keyDue(of: Queues.tenant, olderThan: .zero)
            #expect(young == nil)
            let keys = ShardKeys(shard: 0)
            try await queues.send("HSET", keys.keyUses(Queues.tenant), "1", String(DataKey.sealLimit / 2 + 1))
            let worn = try await queues.streams.keyDue(of: Queues.tenant, olderThan: .zero)
            #expect(worn == 1)
            for _ in 0..<2 {
                let version = try await queues.streams.rotateKey(
                    of: Queues.tenant, algorithm: .aes256GCM, replacing: 1)
                #expect(version == 2, "of two nodes that find it worn the second replaces nothing")
            }
        }
    }
}
