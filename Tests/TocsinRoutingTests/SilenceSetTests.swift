import Testing
import TocsinAlerts
import TocsinCore
import TocsinRouting
import TocsinTesting

@Suite("Sets of silences")
struct SilenceSetTests {
    private let names = ["alertname", "team", "zone", "é", "e\u{301}"]
    private let values = ["", "a", "b", "ab", "é", "e\u{301}"]
    private let patterns = ["", "a|b", "a|b|ab", ".+", "a.*", ".*", "é", "é|e\u{301}", "(|a)b?"]

    private func matcher(using generator: inout SeededGenerator) throws -> Matcher {
        let comparisons: [Matcher.Comparison] = [.equal, .equal, .equal, .notEqual, .fits, .fitsNot]
        let comparison = try #require(comparisons.randomElement(using: &generator))
        let isPattern = comparison == .fits || comparison == .fitsNot
        return try Matcher(
            name: #require(names.randomElement(using: &generator)), comparison: comparison,
            value: #require((isPattern ? patterns : values).randomElement(using: &generator)))
    }

    private func silence(_ index: Int, using generator: inout SeededGenerator) throws -> Silence {
        var matchers: [Matcher] = []
        for _ in 0...Int.random(in: 0...2, using: &generator) { matchers.append(try matcher(using: &generator)) }
        let start = Int64.random(in: 0..<100, using: &generator)
        return Silence(
            id: "id-\(index)", matchers: matchers, startsAt: Timestamp(milliseconds: start),
            endsAt: Timestamp(milliseconds: start + Int64.random(in: 1..<60, using: &generator)), updatedAt: .unset,
            createdBy: "", comment: "")
    }

    private func labels(using generator: inout SeededGenerator) throws -> LabelSet {
        var pairs: [(String, String)] = []
        for name in names where Bool.random(using: &generator) {
            pairs.append((name, try #require(values.randomElement(using: &generator))))
        }
        return LabelSet(pairs)
    }

    @Test("The index answers as a look at every silence does", arguments: UInt64(1)...8)
    func agreesWithScan(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var silences: [Silence] = []
        for index in 0..<150 { silences.append(try silence(index, using: &generator)) }
        let set = SilenceSet(silences)
        #expect(set.silences == silences)
        var found = 0
        for _ in 0..<150 {
            let labels = try labels(using: &generator)
            let now = Timestamp(milliseconds: Int64.random(in: 0..<160, using: &generator))
            let expected = silences.filter { $0.state(at: now) == .active && $0.matches(labels) }.map(\.id).sorted()
            found += expected.count
            #expect(set.silencing(labels, at: now) == expected, "seed \(seed), \(labels.alertmanagerText), \(now)")
            #expect(set.isSilenced(labels, at: now) == !expected.isEmpty, "seed \(seed)")
        }
        #expect(found > 100, "seed \(seed) draws too few silences that fit")
    }

    @Test("No silences silence nothing")
    func empty() {
        let set = SilenceSet([])
        #expect(!set.isSilenced(LabelSet([("a", "b")]), at: .epoch))
        #expect(set.silencing(LabelSet(), at: .epoch).isEmpty)
    }
}
