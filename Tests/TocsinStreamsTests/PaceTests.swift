import Testing
import TocsinCore
import TocsinRedis
import TocsinStreams
import TocsinTesting

@Suite("Paces, on a real server", .timeLimit(.minutes(8)))
struct PaceTests {
    private let slow = SharedPace(subject: "slack/xoxb-secret/C1", perSecond: 0.001, burst: 2)

    @Test("What is allowed at once goes, and then nothing does until its time has come")
    func burst() async throws {
        try await Queues.with { queues in
            for _ in 0..<2 {
                #expect(try await queues.streams.pace([slow], longestWait: .seconds(1)) == .go(after: .zero))
            }
            guard case .wait(let wait) = try await queues.streams.pace([slow], longestWait: .seconds(1)) else {
                Issue.record("a third request went")
                return
            }
            #expect(wait > .seconds(900) && wait <= .seconds(1000))
        }
    }

    @Test("One pace that does not allow it uses up no other")
    func together() async throws {
        try await Queues.with { queues in
            let fast = SharedPace(subject: "fast", perSecond: 0.001, burst: 1)
            for _ in 0..<2 { _ = try await queues.streams.pace([slow], longestWait: .zero) }
            for _ in 0..<3 {
                guard case .wait = try await queues.streams.pace([fast, slow], longestWait: .zero) else {
                    Issue.record("it went")
                    return
                }
            }
            #expect(try await queues.streams.pace([fast], longestWait: .zero) == .go(after: .zero))
        }
    }

    @Test("A short wait keeps a place in the line")
    func line() async throws {
        try await Queues.with { queues in
            let pace = SharedPace(subject: "s", perSecond: 0.01, burst: 1)
            var waits: [Duration] = []
            for _ in 0..<3 {
                if case .go(let wait) = try await queues.streams.pace([pace], longestWait: .seconds(250)) {
                    waits.append(wait)
                }
            }
            #expect(waits.count == 3 && waits[0] == .zero)
            #expect(waits[1] > .seconds(90) && waits[2] - waits[1] > .seconds(90))
        }
    }

    @Test("A vendor that has refused too often is left alone, and no key says what was asked")
    func refusals() async throws {
        try await Queues.with { queues in
            let streams = queues.streams
            let vendor = (name: "discord", refusals: 3)
            for count in 1...3 {
                #expect(try await streams.pace([slow], vendor: vendor, longestWait: .seconds(2000)) != .wait(.zero))
                #expect(try await streams.countRefusal(by: "discord", window: .seconds(600)) == count)
            }
            guard case .wait(let wait) = try await streams.pace([], vendor: vendor, longestWait: .seconds(2000)) else {
                Issue.record("it went")
                return
            }
            #expect(wait > .seconds(500) && wait <= .seconds(600))
            let keys = try await queues.redis.scanAll(match: "*")
            #expect(keys.count >= 2 && !keys.contains { $0.contains("xoxb") || $0.contains("C1") }, "\(keys)")
        }
    }
}
