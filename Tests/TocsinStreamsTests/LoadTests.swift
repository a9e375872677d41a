import Testing
import TocsinCore
import TocsinStreams
import TocsinTesting

/// What an autoscaler is told of the queues, from a real server.
@Suite(.timeLimit(.minutes(5))) struct LoadTests {
    private static let worker = WorkerID("w1")

    @Test func countsWhatAWorkerCouldDo() async throws {
        try await Queues.with { queues in
            func load() async throws -> QueueLoad { try await queues.streams.load(ahead: .seconds(5)) }
            let idle = try await load()
            #expect(!idle.hasAnything && idle.oldestAgeMilliseconds == nil)

            try await queues.accept(alerts: 3)
            try await queues.accept(alerts: 4)
            let accepted = try await load()
            #expect(accepted.unrouted == 7 && accepted.dueTurns == 1 && accepted.ready == 0)
            #expect(accepted.oldestAgeMilliseconds != nil)

            let turn = try #require(try await queues.turn(Self.worker, lease: .seconds(4)))
            #expect(try await load().unrouted == 7, "a turn that is being served is not done")
            #expect(try await queues.commit(turn))
            let routed = try await load()
            #expect(routed.unrouted == 0 && routed.ready == 2 && routed.freePlaces == 2)
            #expect(routed.notified == 2 && routed.attempts == 0)

            let claims = try await queues.claim(Self.worker, 1)
            #expect(try await load().ready == 1)
            #expect(try await queues.settle(try #require(claims.first), .retry(after: .zero)))
            try await eventually(deadline: .seconds(10), "the retry is due") { try await load().dueRetries == 1 }
            let retried = try await load()
            #expect(retried.ready == 2 && retried.attempts == 1 && retried.retries == 1)

            for claim in try await queues.claim(Self.worker) { #expect(try await queues.settle(claim, .delivered)) }
            let done = try await load()
            #expect(!done.hasAnything && done.attempts == 3, "\(done)")
        }
    }

    @Test func leavesOutReceiversThatMoreWorkersDoNotHelp() async throws {
        try await Queues.with { queues in
            try await queues.queue(5, by: Self.worker, concurrency: 1)
            #expect(try await queues.streams.load(ahead: .seconds(5)).freePlaces == 1)
            let claims = try await queues.claim(Self.worker)
            #expect(claims.count == 1)
            #expect(try await queues.streams.load(ahead: .seconds(5)).ready == 0, "it has all that it may have at once")
            let health = Settlement.Health.paused(.seconds(60))
            #expect(try await queues.settle(try #require(claims.first), .delivered, health: health))
            let paused = try await queues.streams.load(ahead: .seconds(5))
            #expect(paused.ready == 0 && paused.blocked == 4, "\(paused)")
        }
    }
}

extension QueueLoad {
    fileprivate var hasAnything: Bool { ready + unrouted + dueTurns + blocked + dueRetries > 0 }
}
