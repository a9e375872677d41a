import Testing
import TocsinCore
import TocsinRouting
import TocsinStreams
import TocsinTesting

@Suite("Queues, on a real server", .timeLimit(.minutes(8)))
struct QueueTests {
    private let one = WorkerID("one")
    private let two = WorkerID("two")

    @Test("A batch becomes a notification, and what is delivered is gone; the ledger adds up at every step")
    func wholeWay() async throws {
        try await Queues.with { queues in
            try await queues.accept(alerts: 3)
            #expect(try await queues.pending() == (3, 3))
            let turn = try #require(try await queues.turn(one))
            #expect(turn.batches.map(\.alerts) == [3])
            #expect(try await queues.turn(two) == nil, "the tenant's turn is being served")
            #expect(try await queues.commit(turn))
            #expect(try await queues.pending() == (3, 3))
            let claimed = try await queues.claim(one)
            #expect(claimed.count == 1)
            #expect(try await queues.claim(two).isEmpty)
            #expect(try await queues.settle(try #require(claimed.first), .delivered, health: .healthy))
            #expect(try await queues.pending() == (0, 0))
            #expect(try await queues.streams.ledger(of: Queues.tenant).delivered == 3)
        }
    }

    @Test("A turn that has lost its lease changes nothing, and its batches are read again by the next")
    func fenced() async throws {
        try await Queues.with { queues in
            try await queues.accept(alerts: 1)
            let stale = try #require(try await queues.turn(one, lease: .milliseconds(1)))
            var fresh: Turn?
            try await eventually(deadline: .seconds(60), "the lease ends") {
                fresh = try await queues.turn(two)
                return fresh != nil
            }
            #expect(try await queues.commit(stale) == false)
            #expect(fresh?.batches.map(\.entry) == stale.batches.map(\.entry))
            #expect(try await queues.commit(try #require(fresh)))
            #expect(try await queues.claim(two).count == 1)
        }
    }

    @Test("What a worker holds that dies before its first heartbeat is handed back")
    func diesBeforeItsFirstHeartbeat() async throws {
        try await Queues.with { queues in
            try await queues.queue(2, by: two)
            let claimed = try await queues.claim(one)
            #expect(claimed.count == 2)
            #expect(try await queues.buryTheDead(noticedBy: two) == 2)
            #expect(try await queues.settle(claimed[0], .delivered) == false, "another worker has it now")
            #expect(try await queues.claim(two).count == 2)
        }
    }

    @Test("A worker that lives gets back what it does not know of, and keeps what it has in hand")
    func handsBackTheUnclear() async throws {
        try await Queues.with { queues in
            try await queues.queue(3, by: one)
            let known = try await queues.claim(one, 1)
            let lost = try await queues.claim(one, 2)
            try await queues.streams.handBack(
                one, deadAfter: .seconds(60), keeping: Set(known.map(\.reference)))
            #expect(Set(try await queues.claim(two).map(\.id)) == Set(lost.map(\.id)))
            #expect(try await queues.settle(known[0], .delivered))
        }
    }

    @Test("A worker that leaves hands everything back at once, and is not taken for dead")
    func leaves() async throws {
        try await Queues.with { queues in
            try await queues.queue(300, by: one)
            #expect(try await queues.claim(one, 300).count == 300)
            try await queues.accept(alerts: 1)
            _ = try await queues.turn(one)
            try await queues.streams.leave(one)
            #expect(try await queues.claim(two, 400).count == 300)
            let turn = try #require(try await queues.turn(two))
            #expect(turn.batches.count == 1 && turn.poisonedAlerts == 0)
        }
    }

    @Test("A notification whose handling kills three workers is a dead letter, and its group goes on")
    func poisonedNotification() async throws {
        try await Queues.with { queues in
            try await queues.queue(1, by: two)
            for victim in ["a", "b", "c"] {
                #expect(try await queues.claim(WorkerID(victim)).count == 1)
                #expect(try await queues.buryTheDead(noticedBy: two) == 1)
            }
            #expect(try await queues.claim(two).isEmpty)
            let letters = try await queues.streams.deadLetters(of: Queues.tenant, offset: 0, count: 10)
            #expect(letters.map(\.reason) == ["poison"])
            let told = try await queues.streams.auditQueue(of: Queues.tenant, most: 10)
            #expect(told.count == 1 && told.allSatisfy { $0.starts(with: "buried\t".utf8) })
            #expect(try await queues.pending() == (0, 0))
            #expect(try await queues.streams.ledger(of: Queues.tenant).dead == 1)
        }
    }

    @Test("A trail ends, with what attempts would leave in it, when the tenant's limit becomes zero")
    func trailTurnedOff() async throws {
        try await Queues.with { queues in
            try await queues.accept(alerts: 1)
            let first = try #require(try await queues.turn(one))
            #expect(try await queues.commit(first, trail: [1], trailBytes: 4096))
            #expect(try await queues.settle(try #require(try await queues.claim(one).first), .delivered))
            #expect(try await queues.streams.trail(of: Queues.tenant).attempts.map(\.verdict) == ["delivered"])
            try await queues.accept(alerts: 1)
            #expect(try await queues.commit(try #require(try await queues.turn(one)), trailBytes: 0))
            #expect(try await queues.settle(try #require(try await queues.claim(one).first), .delivered))
            #expect(try await queues.streams.trail(of: Queues.tenant).attempts.isEmpty)
        }
    }

    @Test("A batch whose handling kills three workers is a dead letter, and comes back when it is replayed")
    func poisonedBatch() async throws {
        try await Queues.with { queues in
            try await queues.accept(alerts: 5)
            // Deaths during what looks like an outage, as a stall of this machine does, are not counted.
            var handlings = 0
            var last: Turn?
            while last == nil, handlings < 50 {
                let turn = try await turnAfterDeath(by: WorkerID("victim-\(handlings)"), queues)
                if turn.poisonedAlerts == 0 {
                    #expect(turn.batches.count == 1)
                    handlings += 1
                } else {
                    last = turn
                }
            }
            #expect(handlings >= 3)
            #expect(last?.batches.isEmpty == true && last?.poisonedAlerts == 5)
            #expect(try await queues.commit(try #require(last)))
            #expect(try await queues.pending() == (0, 0))
            let letter = try #require(
                try await queues.streams.deadLetters(of: Queues.tenant, offset: 0, count: 10).first)
            let told = try await queues.streams.auditQueue(of: Queues.tenant, most: 10)
            #expect(told.map { Self.words($0) } == [["buried-alerts", "dead_letter/\(letter.id)", "5", "poison"]])
            #expect(try await queues.streams.replayDeadLetter(letter.id, of: Queues.tenant))
            #expect(try await queues.turn(two)?.batches.map(\.alerts) == [5])
            #expect(try await queues.pending() == (5, 5))
        }
    }

    /// What a function has queued for the audit log, without its time.
    private static func words(_ queued: [UInt8]) -> [String] {
        var words = String(decoding: queued, as: UTF8.self).split(separator: "\t").map(String.init)
        words.remove(at: 1)
        return words
    }

    @Test("A batch that nobody can read is a dead letter, of which the audit log tells, and those around it are routed")
    func unreadableBatch() async throws {
        try await Queues.with { queues in
            try await queues.accept(alerts: 2)
            try await queues.accept(alerts: 3)
            let turn = try #require(try await queues.turn(one))
            var outcome = TurnOutcome()
            outcome.unreadable = [.init(entry: turn.batches[0].entry, alerts: 2, reason: "sealing_key_unknown")]
            (outcome.acknowledged, outcome.acknowledgedAlerts, outcome.suppressed) = ([turn.batches[1].entry], 3, 3)
            #expect(try await queues.streams.commit(outcome, of: turn) != .fenced)
            #expect(try await queues.pending() == (0, 0))
            #expect(try await queues.streams.ledger(of: Queues.tenant).dead == 2)
            let told = try await queues.streams.auditQueue(of: Queues.tenant, most: 10)
            let name = "dead_letter/alerts-\(turn.batches[0].entry)"
            #expect(told.map { Self.words($0) } == [["buried-alerts", name, "2", "sealing_key_unknown"]])
        }
    }

    /// Waits until whoever had the turn is dead, which another worker's heartbeat notices.
    private func turnAfterDeath(by worker: WorkerID, _ queues: Queues) async throws -> Turn {
        var turn: Turn?
        try await eventually(deadline: .seconds(60), "the turn is free") {
            _ = try await queues.streams.beat(WorkerID("observer"), deadAfter: Queues.deadAfter)
            turn = try await queues.turn(worker, deadAfter: Queues.deadAfter)
            return turn != nil
        }
        return try #require(turn)
    }

    @Test("After an outage the first worker to be back gives the others time")
    func outage() async throws {
        // Long enough that a machine under load does not let the time of grace go by between two calls.
        let deadAfter = Duration.seconds(2)
        try await Queues.with { queues in
            try await queues.queue(2, by: one)
            #expect(try await queues.claim(one, 1).count == 1)
            // Both were silent for longer than a worker may be; Redis was away.
            let silence = ContinuousClock.now + deadAfter
            try await eventually { ContinuousClock.now > silence }
            // What it does first need not be a heartbeat.
            #expect(try await queues.claim(two, deadAfter: deadAfter).count == 1)
            #expect(try await queues.streams.beat(two, deadAfter: deadAfter) == 0)
            #expect(try await queues.streams.beat(one, deadAfter: deadAfter) == 0)
            #expect(try await queues.streams.beat(two, deadAfter: deadAfter) == 0)
        }
    }

    @Test("Of two letters of one group and receiver the newer stands for both, and replaying it settles both")
    func lettersOfOneGroup() async throws {
        try await Queues.with { queues in
            try await queues.queue(1, by: one)
            let delivery = try #require(try await queues.claim(one).first)
            _ = try await queues.settle(delivery, .dead(reason: "first"))
            let group = String(delivery.id.dropFirst(2))
            try await queues.accept(alerts: 2)
            let turn = try #require(try await queues.turn(one))
            #expect(try await queues.commit(turn, group: GroupID(group)))
            _ = try await queues.settle(try #require(try await queues.claim(one).first), .dead(reason: "second"))
            let letters = try await queues.streams.deadLetters(of: Queues.tenant, offset: 0, count: 10)
            #expect(letters.map(\.reason) == ["second"])
            #expect(try await queues.streams.ledger(of: Queues.tenant).dead == 3)
            #expect(try await queues.streams.replayDeadLetter(try #require(letters.first).id, of: Queues.tenant))
            #expect(try await queues.pending() == (3, 3))
            _ = try await queues.settle(try #require(try await queues.claim(one).first), .delivered)
            #expect(try await queues.streams.ledger(of: Queues.tenant).delivered == 3)
            #expect(try await queues.pending() == (0, 0))
        }
    }

    @Test("Nothing newer is read before everything older has been taken over, and the turn says until when it knows")
    func olderFirst() async throws {
        try await Queues.with { queues in
            for _ in 0..<5 { try await queues.accept(alerts: 100) }
            let first = try #require(try await queues.turn(one, lease: .milliseconds(1)))
            #expect(first.batches.count == 2, "a turn reads until it has 128 alerts")
            #expect(first.horizon <= first.now)
            try await queues.accept(alerts: 1)
            var second: Turn?
            try await eventually(deadline: .seconds(60), "the lease ends") {
                second = try await queues.turn(two)
                return second != nil
            }
            #expect(second?.batches.map(\.entry) == first.batches.map(\.entry))
        }
    }

    @Test("A turn whose lease is renewed is nobody else's; one that was lost is not renewed")
    func renewal() async throws {
        try await Queues.with { queues in
            try await queues.accept(alerts: 1)
            let turn = try #require(try await queues.turn(one, lease: .milliseconds(200)))
            #expect(try await queues.streams.renew(turn, lease: .seconds(60)))
            let end = ContinuousClock.now + .milliseconds(250)
            try await eventually { ContinuousClock.now > end }
            #expect(try await queues.turn(two) == nil)
            #expect(try await queues.commit(turn))
            #expect(try await queues.streams.renew(turn, lease: .seconds(60)) == false)
        }
    }

    @Test("A batch larger than the burst passes and is paid for before the next one does")
    func rateLimit() async throws {
        try await Queues.with { queues in
            let policy = AdmissionPolicy(weight: 1, queuedAlerts: 1_000_000, alertsPerSecond: 1, burst: 10)
            func accept(_ alerts: Int) async throws -> Admission {
                try await queues.streams.accept(Array("[]".utf8), alerts: alerts, from: Queues.tenant, policy: policy)
            }
            #expect(try await accept(1000) == .accepted)
            guard case .rateLimited(let wait) = try await accept(1) else {
                Issue.record("the bucket is empty")
                return
            }
            #expect(wait > .seconds(900), "it owes what the large batch took")
        }
    }

    @Test("While the breaker is open nobody looks at the receiver, even if a retry is due earlier")
    func breaker() async throws {
        try await Queues.with { queues in
            try await queues.queue(6, by: one)
            for delivery in try await queues.claim(one) {
                _ = try await queues.settle(delivery, .retry(after: .milliseconds(1)), health: .failed(pause: .zero))
            }
            let claim = try await queues.streams.claimDeliveries(
                shard: 0, worker: one, budget: 10, deadAfter: Queues.deadAfter)
            #expect(claim.deliveries.isEmpty)
            let wait = try #require(claim.nextIn)
            #expect(wait > .milliseconds(200), "a claim before the breaker closes is in vain")
        }
    }

    @Test("The receiver's concurrency holds over all workers")
    func concurrency() async throws {
        try await Queues.with { queues in
            try await queues.queue(5, by: one, concurrency: 2)
            let first = try await queues.claim(one)
            #expect(first.count == 2)
            #expect(try await queues.claim(two).isEmpty)
            #expect(try await queues.settle(first[0], .delivered, health: .healthy))
            #expect(try await queues.claim(two).count == 1)
        }
    }
}
