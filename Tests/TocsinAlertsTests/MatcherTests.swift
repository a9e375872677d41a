import Testing
import TocsinAlerts

@Suite("Matchers")
struct MatcherTests {
    private let labels = LabelSet([("severity", "critical"), ("instance", "db-1"), ("odd name", "x")])

    @Test(
        "Conditions hold as Alertmanager has them",
        arguments: [
            (#"severity="critical""#, true), ("severity=critical", true), (#"severity!="critical""#, false),
            (#"instance=~"db-.*""#, true), (#"instance=~"db""#, false), (#"instance!~"web.*""#, true),
            (#"missing="""#, true), (#"missing=~".+""#, false), (#""odd name"="x""#, true),
            (#"severity=~"(?i)CRITICAL|warning""#, true), (#"instance=~"db-\d""#, true),
        ])
    func holds(text: String, holds: Bool) throws {
        #expect(try Matcher.parse(text).matches(labels) == holds)
    }

    @Test("Several stand in braces or not")
    func several() throws {
        #expect(try Matcher.parseAll(#"{a="b", c!="d,e"}"#).map(\.text) == [#"a="b""#, #"c!="d,e""#])
        #expect(try Matcher.parseAll("a=b,c=~d").count == 2)
    }

    @Test(
        "What is no matcher is refused with what was expected",
        arguments: ["", "a", "=b", "a=~(", #"a="b"#, "{a=b", "a=b}", "a!b"])
    func refuses(text: String) { #expect(throws: MatcherError.self) { try Matcher.parse(text) } }

    @Test("A pattern that takes others exponential time ends at once")
    func bounded() throws {
        let matcher = try Matcher.parse(#"a=~"(x+x+)+y""#)
        #expect(!matcher.matches(LabelSet([("a", String(repeating: "x", count: 2000))])))
    }
}
