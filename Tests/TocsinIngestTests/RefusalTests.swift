import Testing
import TocsinCore

@testable import TocsinIngest

@Suite("Refusals")
struct RefusalTests {
    @Test(
        "Retry-After is in whole seconds, rounded up, at least one",
        arguments: [(0, 1), (1, 1), (999, 1), (1000, 1), (1001, 2), (59_999, 60), (-5, 1), (Int64.max / 2, 86_400)])
    func seconds(milliseconds: Int64, seconds: Int) {
        #expect(IngestRefusal.wholeSeconds(.milliseconds(milliseconds)) == seconds)
    }

    @Test(
        "The scheme of a bearer token is not case-sensitive, and others are no tokens",
        arguments: [
            ("Bearer abc", "abc"), ("bearer abc", "abc"), ("BEARER   abc", "abc"), ("Bearer ", nil), ("Basic abc", nil),
            ("Bearerabc", nil), ("", nil), ("Bearer", nil),
        ] as [(String, String?)])
    func bearer(header: String, token: String?) { #expect(CallerCheck.bearer(header) == token) }

    @Test("A budget gives back what a request held, and refuses what is not there")
    func budget() {
        let budget = ByteBudget(limit: 100)
        do {
            var share = BudgetShare(budget)
            let first = share.grow(by: 60)
            #expect(first)
            let tooMuch = share.grow(by: 41)
            #expect(!tooMuch)
            let rest = share.grow(by: 40)
            #expect(rest)
            var other = BudgetShare(budget)
            let others = other.grow(by: 1)
            #expect(!others)
            #expect(budget.bytes == 100)
        }
        #expect(budget.bytes == 0)
    }
}
