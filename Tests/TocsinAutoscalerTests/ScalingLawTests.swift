import Testing
import TocsinCore

@testable import TocsinAutoscaler

/// The law, decision by decision.
@Suite struct ScalingLawTests {
    /// A pool of workers with ten places, whose deliveries take 100 ms: a hundred a second each.
    static func pool(_ workers: Int, running: Int? = nil, _ change: (inout PoolObservation) -> Void = { _ in })
        -> PoolObservation
    {
        var seen = PoolObservation(concurrency: 10, desired: workers, running: running ?? workers)
        (seen.depth, seen.unrouted, seen.dueTurns, seen.dueRetries, seen.oldestAgeMilliseconds) = (0, 0, 0, 0, 0)
        (seen.arrivalRate, seen.attemptRate, seen.inFlight) = (0, 0, 0)
        change(&seen)
        return seen
    }

    static func busy(_ rate: Double, _ seen: inout PoolObservation) {
        (seen.arrivalRate, seen.attemptRate, seen.inFlight) = (rate, rate, Int(rate / 10))
    }

    struct Case: CustomTestStringConvertible, Sendable {
        let testDescription: String
        var policy: @Sendable (inout ScalingPolicy) -> Void = { _ in }
        let seen: PoolObservation
        let size: Int
        let reason: ScalingDecision.Reason
    }

    /// What is decided at first sight, with nothing remembered.
    static let cases: [Case] = [
        Case(testDescription: "nothing to do", seen: pool(1), size: 1, reason: .fits),
        Case(
            testDescription: "240 a second at 80 of 100 each",
            seen: pool(2) { busy(240, &$0) }, size: 3, reason: .steadyLoad),
        Case(
            testDescription: "1000 waiting, 5 s",
            seen: pool(1) {
                busy(80, &$0)
                $0.depth = 1000
            }, size: 3, reason: .backlog),
        Case(
            testDescription: "at most twice as many or four more",
            seen: pool(2) {
                busy(200, &$0)
                $0.depth = 100_000
            }, size: 6, reason: .backlog),
        Case(
            testDescription: "a large pool doubles", policy: { $0.maximum = 100 },
            seen: pool(20) {
                busy(2000, &$0)
                $0.depth = 1_000_000
            }, size: 40, reason: .backlog),
        Case(
            testDescription: "close to the SLO a backlog has less time",
            seen: pool(1) {
                busy(80, &$0)
                $0.depth = 300
                $0.oldestAgeMilliseconds = 14_000
            }, size: 4, reason: .age),
        Case(
            testDescription: "within the deadband", seen: pool(10) { busy(860, &$0) }, size: 10, reason: .fits),
        Case(
            testDescription: "no more than the policy allows",
            seen: pool(9) {
                busy(900, &$0)
                $0.depth = 100_000
            }, size: 10, reason: .backlog),
        Case(
            testDescription: "already as many as the policy allows",
            seen: pool(10) {
                busy(1000, &$0)
                $0.depth = 100_000
            }, size: 10, reason: .maximum),
        Case(testDescription: "more than the policy allows", seen: pool(12), size: 10, reason: .maximum),
        Case(testDescription: "fewer than the policy wants", seen: pool(0), size: 1, reason: .minimum),
        Case(
            testDescription: "asleep", policy: { $0.minimum = 0 }, seen: pool(0), size: 0, reason: .fits),
        Case(
            testDescription: "one alert wakes", policy: { $0.minimum = 0 }, seen: pool(0) { $0.unrouted = 1 }, size: 1,
            reason: .wake),
        Case(
            testDescription: "one delivery wakes", policy: { $0.minimum = 0 }, seen: pool(0) { $0.depth = 1 }, size: 1,
            reason: .wake),
        Case(
            testDescription: "a group that falls due wakes in time", policy: { $0.minimum = 0 },
            seen: pool(0) { $0.nextDueMilliseconds = 8000 }, size: 1, reason: .wake),
        Case(
            testDescription: "a group that falls due later does not", policy: { $0.minimum = 0 },
            seen: pool(0) { $0.nextDueMilliseconds = 60_000 }, size: 0, reason: .fits),
        Case(
            testDescription: "alerts to route", seen: pool(1) { $0.unrouted = 60_000 }, size: 3, reason: .routing),
        Case(
            testDescription: "busy processors", seen: pool(4) { $0.cpu = 1.2 }, size: 6, reason: .cpu),
        Case(
            testDescription: "a rule of the operator's",
            policy: { $0.rules = [MetricRule(metric: .cpuUsage, threshold: 70, factor: 1.5)] },
            seen: pool(4) { $0.cpu = 0.75 }, size: 6, reason: .rule),
        Case(
            testDescription: "a rule does not count workers that start yet",
            policy: { $0.rules = [MetricRule(metric: .cpuUsage, threshold: 70, factor: 1.5)] },
            seen: pool(6, running: 4) { $0.cpu = 0.75 }, size: 6, reason: .fits),
        Case(
            testDescription: "Redis is slow",
            seen: pool(2) {
                busy(240, &$0)
                $0.redisP99Milliseconds = 150
            }, size: 2, reason: .redisLimit),
        Case(
            testDescription: "Redis is busy",
            seen: pool(2) {
                busy(240, &$0)
                $0.redisLoad = 0.97
            }, size: 2, reason: .redisLimit),
        Case(
            testDescription: "the receivers take no more",
            seen: pool(2) {
                busy(200, &$0)
                $0.depth = 100_000
                $0.freePlaces = 0
            }, size: 3, reason: .egressLimit),
        Case(
            testDescription: "starts fail",
            seen: pool(2) {
                busy(240, &$0)
                $0.failedStarts = 5
            }, size: 2, reason: .startsFailing),
        Case(
            testDescription: "the depth is unknown",
            seen: pool(5) { $0.depth = nil }, size: 5, reason: .metricUnknown),
        Case(
            testDescription: "the arrivals are unknown",
            seen: pool(5) {
                $0.arrivalRate = nil
                $0.depth = 100_000
            }, size: 5, reason: .metricUnknown),
        Case(
            testDescription: "processors alone may be unknown",
            seen: pool(2) { busy(240, &$0) }, size: 3, reason: .steadyLoad),
    ]

    @Test(arguments: cases) func decides(_ row: Case) {
        var policy = ScalingPolicy()
        row.policy(&policy)
        let (_, decision) = ScalingLaw.decide(ScalingState(), row.seen, policy, now: .epoch)
        #expect(decision.size == row.size, "\(decision)")
        #expect(decision.reason == row.reason, "\(decision)")
        #expect(decision.sentence.hasSuffix(".") && decision.sentence.contains("\(row.size) worker"))
    }

    /// Decides every second and keeps what was decided as the size, as a platform that obeys does.
    private struct Play {
        var state = ScalingState()
        var size: Int
        var second = 0
        var policy = ScalingPolicy()
        var decisions: [ScalingDecision] = []

        init(_ size: Int, _ change: (inout ScalingPolicy) -> Void = { _ in }) {
            self.size = size
            change(&policy)
        }

        @discardableResult
        mutating func look(_ times: Int = 1, _ change: (inout PoolObservation) -> Void = { _ in }) -> ScalingDecision {
            for _ in 0..<times {
                let (state, decision) = ScalingLaw.decide(
                    state, ScalingLawTests.pool(size, change), policy,
                    now: Timestamp(milliseconds: Int64(second) * 1000))
                (self.state, size) = (state, decision.size)
                second += 1
                decisions.append(decision)
            }
            return decisions[decisions.count - 1]
        }

        var changes: [ScalingDecision] { decisions.filter(\.isChange) }
    }

    @Test func shrinksAfterTheWindowByAQuarterAtATime() {
        var play = Play(8)
        #expect(play.look(60).size == 8)
        #expect(play.look().size == 6, "a quarter of eight")
        #expect(play.look(14).size == 6)
        #expect(play.look().size == 5)
        #expect(play.look(15).size == 4)
        #expect(play.look(100).size == 1)
        #expect(play.changes.allSatisfy { $0.reason == .lessNeeded })
    }

    @Test func aNeedWithinTheWindowKeepsTheSize() {
        var play = Play(5)
        for _ in 0..<10 {
            play.look(30)
            play.look { $0.depth = 950 }
        }
        #expect(play.changes.isEmpty, "\(play.changes)")
    }

    @Test func goesToSleepOneByOneAndOnlyIdle() {
        var play = Play(3) {
            $0.minimum = 0
            $0.idleAfter = .seconds(120)
        }
        play.look(400)
        #expect(play.changes.map(\.size) == [2, 1, 0])
        #expect(play.changes.last?.reason == .idle)
        #expect((play.changes.last?.atMilliseconds ?? 0) >= 120_000)
        #expect(play.look { $0.unrouted = 1 }.size == 1)
    }

    @Test func doesNotSleepBeforeSomethingFallsDue() {
        var play = Play(1) { $0.minimum = 0 }
        play.look(1000) { $0.nextDueMilliseconds = 200_000 }
        #expect(play.size == 1)
    }

    @Test func holdsWhileAMetricIsUnknownAndLooksForAWholeWindowAfterwards() {
        var play = Play(8)
        play.look(50)
        #expect(play.look(600) { $0.depth = nil }.reason == .metricUnknown)
        #expect(play.size == 8)
        #expect(play.look(60).size == 8)
        #expect(play.look().size == 6)
    }

    @Test func freezesAfterAnotherRedisTookOver() {
        var play = Play(8)
        play.look(100) { $0.redisServer = "0" }
        let before = play.size
        #expect(play.look { $0.redisServer = "1" }.reason == .frozen)
        #expect(
            play.look(19) {
                $0.redisServer = "1"
                $0.depth = 100_000
            }.reason == .frozen)
        #expect(play.size == before)
        #expect(
            play.look {
                $0.redisServer = "1"
                $0.depth = 100_000
            }.size > before)
    }

    @Test func followsARuleOnceInItsInterval() {
        var play = Play(2) {
            $0.maximum = 100
            $0.rules = [MetricRule(metric: .cpuUsage, threshold: 70, factor: 2)]
        }
        play.look(31) { $0.cpu = 0.75 }
        #expect(play.changes.map(\.size) == [4, 8])
    }

    @Test func retriesAreNotTakenForNewWork() {
        var play = Play(2)
        let decision = play.look(30) {
            ($0.arrivalRate, $0.retryRate, $0.attemptRate, $0.inFlight) = (10, 500, 510, 51)
        }
        #expect(decision.size == 2, "\(decision.sentence)")
    }

    @Test(arguments: 0..<40 as Range<UInt64>) func staysWithinItsBounds(seed: UInt64) {
        var generator = Seeded(state: seed)
        var play = Play(Int.random(in: 0...20, using: &generator)) {
            $0.minimum = Int.random(in: 0...3, using: &generator)
            $0.maximum = Int.random(in: 4...20, using: &generator)
        }
        for _ in 0..<300 {
            let before = play.size
            let decision = play.look { seen in
                seen.depth = Bool.random(using: &generator) ? nil : Int.random(in: 0...100_000, using: &generator)
                seen.arrivalRate = Double.random(in: 0...5000, using: &generator)
                seen.attemptRate = Double.random(in: 0...5000, using: &generator)
                seen.inFlight = Int.random(in: 0...1000, using: &generator)
                seen.oldestAgeMilliseconds = Int64.random(in: 0...100_000, using: &generator)
                seen.cpu = Double.random(in: 0...3, using: &generator)
                seen.failedStarts = Int.random(in: 0...6, using: &generator)
            }
            let fits = (play.policy.minimum...play.policy.maximum).contains(decision.size)
            #expect(fits || decision.size == before, "seed \(seed): \(decision)")
            #expect(decision.size <= max(before * 2, before + 4, play.policy.minimum), "seed \(seed): \(decision)")
            let isKnown = decision.observation.depth != nil || before > play.policy.maximum
            #expect(isKnown || decision.size >= before, "seed \(seed): \(decision)")
        }
    }

    /// The generator of SplitMix64.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
