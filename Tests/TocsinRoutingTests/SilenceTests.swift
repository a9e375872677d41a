import Testing
import TocsinAlerts
import TocsinCore
import TocsinRouting
import TocsinTesting

@Suite("Silences")
struct SilenceTests {
    private let now = Timestamp(milliseconds: 1_700_000_000_500)

    private func silence(
        id: String = "", _ matchers: [String] = [#"alertname="Disk""#], from start: Int64 = 0, to end: Int64 = 60_000
    ) throws -> Silence {
        Silence(
            id: id, matchers: try matchers.map { try Matcher.parse($0) },
            startsAt: now + .milliseconds(start), endsAt: now + .milliseconds(end), updatedAt: .unset,
            createdBy: "me", comment: "c", annotations: LabelSet([("ticket", "7")]))
    }

    @Test("A silence is over at its end", arguments: [(-1, "pending"), (0, "active"), (9, "active"), (10, "expired")])
    func states(offset: Int64, state: String) throws {
        let silence = try silence(from: 0, to: 10)
        #expect(silence.state(at: now + .milliseconds(offset)).rawValue == state)
    }

    @Test("All matchers must be met")
    func matches() throws {
        let silence = try silence([#"a="1""#, #"b!="2""#])
        #expect(silence.matches(LabelSet([("a", "1")])))
        #expect(!silence.matches(LabelSet([("a", "1"), ("b", "2")])))
        #expect(!silence.matches(LabelSet([("b", "3")])))
    }

    @Test("A record gives the silence back, and a damaged one is refused")
    func record() throws {
        let silence = try silence(id: "ABC", [#"a=~"x|y""#, #"b!~"z""#, #"c!="""#])
        var writer = RecordWriter()
        silence.write(to: &writer)
        var reader = RecordReader(writer.bytes)
        #expect(try Silence(from: &reader) == silence)
        #expect(reader.isAtEnd)
        #expect(silence.id == "abc")
        for length in 0..<writer.bytes.count {
            var short = RecordReader(Array(writer.bytes.prefix(length)))
            #expect(throws: RecordError.self) { try Silence(from: &short) }
        }
        var foreign = RecordReader([9] + writer.bytes.dropFirst())
        #expect(throws: RecordError.self) { try Silence(from: &foreign) }
    }

    @Test("Lists show first what ends next, then what begins next, then what ended last")
    func listOrder() throws {
        let listed = try [
            silence(id: "a", from: -9, to: 10), silence(id: "b", from: -5, to: 20), silence(id: "c", from: -5, to: 20),
            silence(id: "d", from: 5, to: 90), silence(id: "e", from: 6, to: 7), silence(id: "f", from: -9, to: -1),
            silence(id: "g", from: -9, to: -2),
        ]
        for seed in UInt64(0)..<20 {
            var generator = SeededGenerator(seed: seed)
            let mixed = listed.shuffled(using: &generator)
            let sorted = mixed.sorted { Silence.listOrder($0, $1, at: now) }
            #expect(sorted == listed, "seed \(seed)")
        }
    }

    @Test("A list is filtered by matchers that the silence has, not by what they match")
    func filter() throws {
        let silence = try silence([#"a="1""#, #"b=~"2|3""#])
        #expect(silence.isListed(by: []))
        #expect(silence.isListed(by: [try Matcher.parse(#"b=~"2|3""#)]))
        #expect(!silence.isListed(by: [try Matcher.parse(#"b="2""#)]))
        #expect(!silence.isListed(by: [try Matcher.parse(#"a="1""#), try Matcher.parse(#"c="1""#)]))
    }
}
