import Testing
import TocsinCore
import TocsinStreams
import TocsinTesting

/// Steps of workers in random order, any of whom may stop between any two of them.
@Suite("Conservation", .timeLimit(.minutes(8)))
struct ConservationTests {
    /// One random course.
    private struct Course {
        let queues: Queues
        var generator: SeededGenerator
        var hands: [String: [ClaimedDelivery]] = [:]
        var turns: [Turn] = []
        var accepted = 0
        var births = 3
        var workers = ["w0", "w1", "w2"]

        mutating func step() async throws {
            let name = workers.randomElement(using: &generator) ?? "w0"
            let worker = WorkerID(name)
            switch Int.random(in: 0..<20, using: &generator) {
            case 0..<6:
                let count = Int.random(in: 1...4, using: &generator)
                try await queues.accept(alerts: count)
                accepted += count
            case 6..<10:
                // The short lease is that of a worker that will be too slow.
                let isSlow = Int.random(in: 0..<4, using: &generator) == 0
                guard let turn = try await queues.turn(worker, lease: isSlow ? .milliseconds(1) : .seconds(30)) else {
                    return
                }
                if isSlow { turns.append(turn) } else { _ = try await queues.commit(turn) }
            case 10: if let stale = turns.popLast() { _ = try await queues.commit(stale) }
            case 11..<14: hands[name, default: []] += try await queues.claim(worker, 3)
            case 14..<18: try await settle(name)
            case 18:
                // Its hands are forgotten: the worker is killed, and another starts.
                hands[name] = nil
                workers.removeAll { $0 == name }
                workers.append("w\(births)")
                births += 1
                try await bringHomeAllButTheLiving()
            default:
                // An answer was lost: what it had just claimed it does not know of.
                if hands[name]?.isEmpty == false { hands[name]?.removeLast() }
                try await queues.streams.handBack(
                    worker, deadAfter: .seconds(60), keeping: Set((hands[name] ?? []).map(\.reference)))
            }
        }

        private mutating func settle(_ name: String) async throws {
            guard let delivery = hands[name]?.popLast() else { return }
            let verdict: Settlement.Verdict =
                switch Int.random(in: 0..<6, using: &generator) {
                case 0: .retry(after: .zero)
                case 1: .release(after: .milliseconds(1))
                case 2: .dead(reason: "test")
                default: .delivered
                }
            _ = try await queues.settle(delivery, verdict)
        }

        /// Everybody who lives beats, then whoever has not is dead.
        func bringHomeAllButTheLiving() async throws {
            for name in workers { _ = try await queues.streams.beat(WorkerID(name), deadAfter: .seconds(60)) }
        }

        /// Works everything off with one worker; whoever else holds something is dead.
        mutating func drain() async throws {
            let last = WorkerID("last")
            try await eventually(deadline: .seconds(240), "everything is worked off") {
                _ = try await queues.streams.beat(last, deadAfter: Queues.deadAfter)
                while let turn = try await queues.turn(last, deadAfter: Queues.deadAfter) {
                    _ = try await queues.commit(turn)
                }
                for delivery in try await queues.claim(last) { _ = try await queues.settle(delivery, .delivered) }
                return try await queues.pending() == (0, 0)
            }
        }
    }

    @Test(
        "Whatever workers do and wherever they stop, nothing is lost and the ledger adds up", arguments: [1, 2, 3, 4])
    func holds(seed: UInt64) async throws {
        try await Queues.with { queues in
            var course = Course(queues: queues, generator: SeededGenerator(seed: seed))
            for number in 0..<250 {
                try await course.step()
                let (expected, counted) = try await queues.pending()
                try #require(expected == counted, "seed \(seed), step \(number)")
            }
            try await course.drain()
            let ledger = try await queues.streams.ledger(of: Queues.tenant)
            #expect(ledger.accepted == course.accepted)
            #expect(ledger.delivered + ledger.dead == course.accepted)
        }
    }
}
