import Testing
import TocsinCore
import TocsinStreams
import TocsinTesting

@Suite("What is kept between notifications, on a real server", .timeLimit(.minutes(8)))
struct MemoryTests {
    private let one = WorkerID("one")
    private let two = WorkerID("two")
    private let group = GroupID("00000000000000000000000000000001")

    /// Queues one notification of the group and claims it.
    private func next(_ queues: Queues, by worker: WorkerID) async throws -> ClaimedDelivery {
        try await queues.accept(alerts: 1)
        let turn = try #require(try await queues.turn(one))
        #expect(try await queues.commit(turn, group: group))
        return try #require(try await queues.claim(worker).first)
    }

    @Test("What a vendor called things comes back with the group's next notification, until it is forgotten")
    func memory() async throws {
        try await Queues.with { queues in
            let first = try await next(queues, by: one)
            #expect(first.memory == nil && !first.isUnclear)
            var settlement = Settlement(verdict: .delivered, attempt: "a", health: .healthy)
            settlement.memory = Array("ts=canary".utf8)
            #expect(try await queues.streams.settle(first, settlement) == .recorded)
            let second = try await next(queues, by: two)
            #expect(second.memory == Array("ts=canary".utf8))
            settlement.memory = nil
            _ = try await queues.streams.settle(second, settlement)
            let third = try await next(queues, by: two)
            #expect(third.memory == Array("ts=canary".utf8))
            settlement.memory = []
            _ = try await queues.streams.settle(third, settlement)
            #expect(try await next(queues, by: two).memory == nil)
        }
    }

    @Test("An attempt without an answer leaves its mark, whether the worker lives to tell or not")
    func unclear() async throws {
        try await Queues.with { queues in
            let first = try await next(queues, by: one)
            #expect(try await queues.buryTheDead(noticedBy: two) == 1)
            let again = try #require(try await queues.claim(two).first)
            #expect(again.id == first.id && again.isUnclear)

            _ = try await queues.settle(again, .delivered)
            let second = try await next(queues, by: two)
            #expect(!second.isUnclear)
            var settlement = Settlement(verdict: .retry(after: .zero), attempt: "a", health: .unknown)
            settlement.isUnclear = true
            _ = try await queues.streams.settle(second, settlement)
            #expect(try await queues.claim(two).first?.isUnclear == true)
        }
    }

    @Test("A receiver is parked under its settings, tried again when they change, and revived by a success")
    func parked() async throws {
        try await Queues.with { queues in
            let first = try await next(queues, by: one)
            let park = Settlement.Health.parked(.seconds(3600), settings: "digest")
            let dead = Settlement(verdict: .dead(reason: "http_410"), attempt: "a", health: park)
            #expect(try await queues.streams.settle(first, dead) == .parked)
            let second = try await next(queues, by: one)
            #expect(second.parkedUnder == "digest")
            #expect(try await queues.streams.settle(second, dead) == .recorded, "it was on its way already")
            let now = SystemClock().now()
            let health = try await queues.streams.health(of: [Queues.receiver], tenant: Queues.tenant, now: now)
            #expect(health.first?.state == .parked && health.first?.reason == "http_410")
            #expect((health.first?.until ?? now) > now + .seconds(30))
            #expect((health.first?.until ?? now) <= now + .seconds(61), "one refusal, however many heard it")
            let third = try await next(queues, by: one)
            let works = Settlement(verdict: .delivered, attempt: "a", health: .healthy)
            #expect(try await queues.streams.settle(third, works) == .revived)
            #expect(try await next(queues, by: one).parkedUnder == nil)
            #expect(try await queues.streams.resume(Queues.receiver, of: Queues.tenant) == false)
        }
    }

    @Test("A receiver that is resumed is tried, parked for longer if that was vain, and revived if not")
    func resumed() async throws {
        try await Queues.with { queues in
            let streams = queues.streams
            let park = Settlement.Health.parked(.seconds(3600), settings: "digest")
            let dead = Settlement(verdict: .dead(reason: "http_410"), attempt: "a", health: park)
            #expect(try await streams.settle(try await next(queues, by: one), dead) == .parked)
            for _ in 0..<2 {
                #expect(try await streams.resume(Queues.receiver, of: Queues.tenant))
                let tried = try await next(queues, by: one)
                #expect(tried.parkedUnder == nil)
                #expect(try await streams.settle(tried, dead) == .parked, "others are told again")
            }
            #expect(try await streams.resume(Queues.receiver, of: Queues.tenant))
            let now = SystemClock().now()
            let health = try await streams.health(of: [Queues.receiver], tenant: Queues.tenant, now: now)
            #expect(health.first?.state == .failing && health.first?.reason == "http_410")
            let works = Settlement(verdict: .delivered, attempt: "a", health: .healthy)
            #expect(try await streams.settle(try await next(queues, by: one), works) == .revived)
        }
    }
}
