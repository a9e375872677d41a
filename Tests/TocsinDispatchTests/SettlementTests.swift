import Testing
import TocsinCore
import TocsinIntegrations
import TocsinStreams
import TocsinTesting

@testable import TocsinDispatch

@Suite("Settlements")
struct SettlementTests {
    private static let created = Timestamp(milliseconds: 1_800_000_000_000)
    private let rule = SettlementRule(
        backoff: Backoff(initial: .seconds(1), factor: 2, maximum: .seconds(60)), deadline: .seconds(3600))

    private func settle(_ outcome: DeliveryOutcome, age: Duration = .seconds(1)) -> Settlement {
        var generator = SeededGenerator(seed: 1)
        return rule.settlement(
            after: outcome, attempt: 1, createdAt: SettlementTests.created, now: SettlementTests.created + age,
            record: "r", using: &generator)
    }

    @Test("a receiver that asks for more time than there is gets all that there is, and a last attempt")
    func longRetryAfter() {
        let settlement = settle(.retry(after: .seconds(86_400), reason: .rateLimited))
        #expect(settlement.verdict == .retry(after: .seconds(3599)))
        #expect(settlement.health == .paused(SettlementRule.longestPause))
    }

    @Test("a retry never comes before the receiver wants it, and what is past its deadline is given up")
    func retries() {
        #expect(settle(.retry(after: .seconds(30), reason: .rateLimited)).verdict == .retry(after: .seconds(30)))
        let late = settle(.retry(after: nil, reason: .timeout), age: .seconds(3600))
        #expect(late.verdict == .dead(reason: "deadline") && late.health == .failed(pause: .zero))
    }

    @Test("what is refused for good is a dead letter at once, and says nothing against the receiver")
    func refusals() {
        let settlement = settle(.reject(reason: .vendorRefused))
        #expect(settlement.verdict == .dead(reason: FailureReason.vendorRefused.code))
        #expect(settlement.health == .unknown)
    }
}
