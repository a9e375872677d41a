import Testing
import TocsinAlerts
import TocsinCore
import TocsinRouting
import TocsinTesting

@Suite("Inhibition")
struct InhibitionTests {
    private let now = Timestamp(milliseconds: 1_700_000_000_000)

    private static func rule(
        _ source: String, _ target: String, equal: [String] = [], name: String? = nil
    ) throws -> InhibitRule {
        InhibitRule(
            name: name, sourceMatchers: try Matcher.parseAll(source), targetMatchers: try Matcher.parseAll(target),
            equal: equal)
    }

    /// The fingerprints of the alerts that keep one of them quiet, asked as a caller would who keeps meetings.
    private func inhibiting(_ target: LabelSet, by alerts: [Alert], _ rules: InhibitionRules) -> [UInt64] {
        var sources: [InhibitionMeeting: [InhibitionSource]] = [:]
        for alert in alerts {
            for (meeting, isTarget) in rules.sources(alert.labels) {
                let source = InhibitionSource(fingerprint: alert.fingerprint, endsAt: alert.endsAt, isTarget: isTarget)
                sources[meeting, default: []].append(source)
            }
        }
        let found = rules.targets(target).flatMap { meeting, isSource in
            InhibitionRules.inhibiting(sources[meeting] ?? [], targetIsSource: isSource, now: now)
        }
        return Set(found).sorted()
    }

    private func alert(_ labels: LabelSet, endsAt: Timestamp) -> Alert {
        Alert(
            labels: labels, annotations: LabelSet(), startsAt: .epoch, endsAt: endsAt, updatedAt: .epoch,
            generatorURL: "", timeout: false)
    }

    @Test(
        "A source keeps a target quiet while their equal labels are equal, and a missing label is an empty one",
        arguments: [
            (["s": "1", "e": "x"], ["t": "1", "e": "x"], true),
            (["s": "1", "e": "x"], ["t": "1", "e": "y"], false),
            (["s": "1", "e": "x"], ["t": "1"], false),
            (["s": "1"], ["t": "1"], true),
            (["s": "1"], ["t": "1", "e": ""], true),
            (["s": "2"], ["t": "1"], false),
            (["s": "1"], ["t": "2"], false),
            // Both match both sides: neither keeps the other quiet.
            (["s": "1", "t": "1"], ["s": "1", "t": "1", "x": "1"], false),
            // Only one of them matches both sides.
            (["s": "1", "t": "1"], ["t": "1"], true),
            (["s": "1"], ["s": "1", "t": "1"], true),
        ])
    func mutes(source: [String: String], target: [String: String], isQuiet: Bool) throws {
        let rules = InhibitionRules([try Self.rule("s=1", "t=1", equal: ["e"])])
        let source = alert(LabelSet(source.map { ($0, $1) }), endsAt: now + .seconds(60))
        let found = inhibiting(LabelSet(target.map { ($0, $1) }), by: [source], rules)
        #expect(found == (isQuiet ? [source.fingerprint] : []))
    }

    @Test("No alert keeps itself quiet")
    func notItself() throws {
        let rules = InhibitionRules([try Self.rule("", "")])
        let labels = LabelSet([("a", "1")])
        #expect(inhibiting(labels, by: [alert(labels, endsAt: .unset)], rules).isEmpty)
    }

    @Test("A source that has ended keeps nobody quiet", arguments: [(-1, false), (0, false), (1, true)])
    func ended(offset: Int64, isQuiet: Bool) {
        let source = InhibitionSource(fingerprint: 7, endsAt: now + .milliseconds(offset), isTarget: false)
        let found = InhibitionRules.inhibiting([source], targetIsSource: false, now: now)
        #expect(found == (isQuiet ? [7] : []))
    }

    @Test("A source without an end holds, and answers are sorted and without repetition")
    func sorted() {
        let sources = [9, 3, 9].map { InhibitionSource(fingerprint: $0, endsAt: .unset, isTarget: false) }
        #expect(InhibitionRules.inhibiting(sources, targetIsSource: true, now: now) == [3, 9])
    }

    @Test("The id tells what a rule does, not how it was written")
    func ids() throws {
        let rule = try Self.rule(#"a=1,b=~"2""#, "c=3", equal: ["y", "x", "y"], name: "n")
        #expect(rule.equal == ["x", "y"])
        #expect(try Self.rule(#"b=~"2",a="1",a=1"#, "c=3", equal: ["x", "y"]).id == rule.id)
        let others = try [
            Self.rule("c=3", #"a=1,b=~"2""#, equal: ["x", "y"]), Self.rule(#"a=1,b="2""#, "c=3", equal: ["x", "y"]),
            Self.rule(#"a=1,b=~"2""#, "c=3", equal: ["x"]), Self.rule(#"a=1,b=~"2""#, "c=3", equal: ["x,y"]),
            Self.rule(#"a="1,b=~2""#, "c=3", equal: ["x", "y"]),
        ]
        #expect(Set(others.map(\.id) + [rule.id]).count == 6)
    }

    @Test("The digest changes with the rules, not with their order, names or repetitions")
    func digest() throws {
        let first = try Self.rule("a=1", "b=2")
        let second = try Self.rule("c=1", "d=2", equal: ["e"])
        let named = try Self.rule("a=1", "b=2", name: "n")
        let digest = InhibitionRules([first, second]).digest
        #expect(digest.utf8.count == 16)
        #expect(InhibitionRules([second, named, first]).digest == digest)
        #expect(Set([[], [first], [second], [first, second]].map { InhibitionRules($0).digest }).count == 4)
        #expect(InhibitionRules([]).isEmpty)
        #expect(!InhibitionRules([first]).isEmpty)
        #expect(InhibitionRules([first, named]).sources(LabelSet([("a", "1")])).count == 1)
    }

    @Test("Meetings differ by every byte")
    func meetings() {
        let meetings: Set = [
            InhibitionMeeting(ruleID: "r", values: ["é", ""]),
            InhibitionMeeting(ruleID: "r", values: ["e\u{301}", ""]),
            InhibitionMeeting(ruleID: "r", values: ["", "é"]), InhibitionMeeting(ruleID: "r", values: ["é"]),
        ]
        #expect(meetings.count == 4)
        #expect(InhibitionMeeting(ruleID: "r", values: ["a", ""]).parts == [[114], [97], []])
    }

    @Test("A record gives the source back, and a damaged one is refused", arguments: [true, false])
    func record(isTarget: Bool) throws {
        let source = InhibitionSource(fingerprint: .max, endsAt: now, isTarget: isTarget)
        var writer = RecordWriter()
        source.write(to: &writer)
        var reader = RecordReader(writer.bytes)
        #expect(try InhibitionSource(from: &reader) == source)
        var short = RecordReader(writer.bytes.dropLast())
        #expect(throws: RecordError.self) { try InhibitionSource(from: &short) }
        var foreign = RecordReader([2] + writer.bytes.dropFirst())
        #expect(throws: RecordError.self) { try InhibitionSource(from: &foreign) }
    }

    @Test("Meetings find what comparing every alert with every other finds", arguments: UInt64(1)...6)
    func agreesWithPairs(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let rules = try [
            Self.rule("s=1", "t=1", equal: ["e", "f"]), Self.rule("s=~.+", "t!=1", equal: ["e"]),
            Self.rule("f!=1", "f=1"), Self.rule("", "e=1", equal: ["f"]),
        ]
        var alerts: [Alert] = []
        for _ in 0..<25 {
            var pairs: [(String, String)] = []
            for name in ["s", "t", "e", "f"] {
                pairs.append((name, try #require(["", "1", "2"].randomElement(using: &generator))))
            }
            let end = now + .seconds(Int.random(in: -2...4, using: &generator))
            alerts.append(alert(LabelSet(pairs), endsAt: end))
        }
        for target in alerts {
            let expected = alerts.filter { source in
                rules.contains { rule in
                    let matches = { (matchers: [Matcher], alert: Alert) in
                        matchers.allSatisfy { $0.matches(alert.labels) }
                    }
                    let isTwoSided =
                        matches(rule.sourceMatchers, target) && matches(rule.targetMatchers, source)
                    return matches(rule.sourceMatchers, source) && matches(rule.targetMatchers, target)
                        && !source.isResolved(at: now) && !isTwoSided
                        && rule.equal.allSatisfy { source.labels[$0] == target.labels[$0] }
                }
            }
            let found = inhibiting(target.labels, by: alerts, InhibitionRules(rules))
            #expect(found == Set(expected.map(\.fingerprint)).sorted(), "seed \(seed)")
        }
    }
}
