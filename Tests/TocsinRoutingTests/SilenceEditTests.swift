import Testing
import TocsinAlerts
import TocsinCore
import TocsinRouting

@Suite("Posting and ending silences")
struct SilenceEditTests {
    private let now = Timestamp(milliseconds: 1_700_000_000_500)

    private func silence(
        id: String = "", _ matchers: [String] = [#"alertname="Disk""#], from start: Int64 = 0, to end: Int64 = 60_000
    ) throws -> Silence {
        Silence(
            id: id, matchers: try matchers.map { try Matcher.parse($0) },
            startsAt: now + .milliseconds(start), endsAt: now + .milliseconds(end), updatedAt: .unset,
            createdBy: "me", comment: "c")
    }

    private func post(_ posted: Silence, over existing: Silence? = nil) throws -> (write: [Silence], id: String) {
        try SilenceEdit.post(posted, existing: existing, newID: "NEW", now: now)
    }

    @Test("A new silence gets the new id and does not begin in the past", arguments: [-5000, 0, 5000])
    func new(start: Int64) throws {
        let (write, id) = try post(silence(from: start))
        #expect(id == "new")
        let only = try #require(write.first)
        #expect(write.count == 1)
        #expect(only.id == "new")
        #expect(only.startsAt == now + .milliseconds(max(start, 0)))
        #expect(only.updatedAt == now)
    }

    @Test("A silence without a start begins now")
    func noStart() throws {
        var posted = try silence()
        posted.startsAt = .unset
        #expect(try post(posted).write.first?.startsAt == now)
    }

    /// Existing: start and end; posted: matchers, start and end.
    @Test(
        "What would not rewrite the past is changed in place",
        arguments: [
            (-9000, 9000, [#"a="1""#, #"b="2""#], -9000, 20_000),
            (-9000, 9000, [#"b="2""#, #"a="1""#], -9400, 100),
            (5000, 9000, [#"a="1""#, #"b="2""#], 3000, 4000),
            (5000, 9000, [#"a="1""#, #"b="2""#], 0, 4000),
        ])
    func inPlace(start: Int64, end: Int64, matchers: [String], newStart: Int64, newEnd: Int64) throws {
        let existing = try silence(id: "old", [#"a="1""#, #"b="2""#], from: start, to: end)
        let posted = try silence(id: "old", matchers, from: newStart, to: newEnd)
        let (write, id) = try post(posted, over: existing)
        var expected = posted
        expected.updatedAt = now
        #expect(id == "old")
        #expect(write == [expected])
    }

    @Test(
        "What would rewrite the past ends the old silence and makes a new one",
        arguments: [
            (-9000, 9000, #"a="2""#, -9000, 20_000),
            (-9000, 9000, #"a=~"1""#, -9000, 20_000),
            (-9000, 9000, #"a="1""#, -7000, 20_000),
            (-9000, 9000, #"a="1""#, 1000, 20_000),
            (5000, 9000, #"a="1""#, -1, 20_000),
            (5000, 9000, #"a="2""#, 5000, 20_000),
        ])
    func replaced(start: Int64, end: Int64, matcher: String, newStart: Int64, newEnd: Int64) throws {
        let existing = try silence(id: "old", [#"a="1""#], from: start, to: end)
        let (write, id) = try post(silence(id: "old", [matcher], from: newStart, to: newEnd), over: existing)
        #expect(id == "new")
        #expect(write.map(\.id) == ["old", "new"])
        #expect(write.map { $0.state(at: now) } == [.expired, newStart > 0 ? .pending : .active])
        #expect(write.first?.matchers == existing.matchers)
        #expect(write.last?.startsAt == now + .milliseconds(max(newStart, 0)))
    }

    @Test("An expired silence stays as it is and comes again under a new id")
    func again() throws {
        let existing = try silence(id: "old", from: -9000, to: -1000)
        let (write, id) = try post(silence(id: "old", from: -9000, to: 5000), over: existing)
        #expect(id == "new")
        #expect(write.map(\.id) == ["new"])
    }

    @Test("An unknown id is said to be unknown")
    func unknown() throws {
        let error = #expect(throws: SilenceError.self) { try post(silence(id: "old")) }
        #expect(error?.code == "silence_unknown")
        #expect(error?.message == "silence not found")
    }

    @Test(
        "A silence that makes no sense is refused in Alertmanager's words",
        arguments: [
            ([#"a="1""#], 10, 10, "Failed to create silence: start time must be before end time"),
            ([#"a="1""#], 10, 5, "Failed to create silence: start time must be before end time"),
            ([#"a="1""#], -10, -1, "Failed to create silence: end time can't be in the past"),
            ([], 0, 10, "silence invalid: at least one matcher required"),
            ([#"a="""#], 0, 10, "silence invalid: at least one matcher must not match the empty string"),
            (
                [#"a="""#, #"b=~".*""#, #"c=~"|x""#], 0, 10,
                "silence invalid: at least one matcher must not match the empty string"
            ),
            ([#"a="1""#, #"""="1""#], 0, 10, #"silence invalid: invalid label matcher 1: invalid label name """#),
        ])
    func refused(matchers: [String], start: Int64, end: Int64, message: String) throws {
        let error = #expect(throws: SilenceError.self) { try post(silence(matchers, from: start, to: end)) }
        #expect(error?.code == "silence_invalid")
        #expect(error?.message == message)
    }

    @Test("Negative matchers alone are enough", arguments: [#"a!="1""#, #"a!="""#, #"a!~".*""#, #"a=~".+""#])
    func negative(matcher: String) throws { #expect(try post(silence([matcher])).write.count == 1) }

    @Test(
        "Ending moves the end to now, and the start of what had not begun",
        arguments: [(-9000, 9000, -9000, 0), (5000, 9000, 0, 0), (-9000, -5000, -9000, -5000)])
    func expire(start: Int64, end: Int64, newStart: Int64, newEnd: Int64) throws {
        let existing = try silence(id: "old", from: start, to: end)
        let ended = try SilenceEdit.expire(existing, now: now)
        #expect(ended.startsAt == now + .milliseconds(newStart))
        #expect(ended.endsAt == now + .milliseconds(newEnd))
        #expect(ended.state(at: now) == .expired)
        #expect(try SilenceEdit.expire(ended, now: now + .seconds(5)) == ended)
        #expect(ended.updatedAt == (existing.state(at: now) == .expired ? .unset : now))
    }

    @Test(
        "A posted matcher is read by its two flags",
        arguments: [
            (false, true, #"a="x""#), (false, false, #"a!="x""#), (true, true, #"a=~"x""#), (true, false, #"a!~"x""#),
        ])
    func matcher(isRegex: Bool, isEqual: Bool, text: String) throws {
        let matcher = try SilenceEdit.matcher(at: 0, name: "a", value: "x", isRegex: isRegex, isEqual: isEqual)
        #expect(matcher.text == text)
    }

    @Test(
        "A posted matcher that is none is refused in Alertmanager's words",
        arguments: [
            ("", "x", #"silence invalid: invalid label matcher 3: invalid label name """#),
            (
                "a", "(",
                #"silence invalid: invalid label matcher 3: invalid regular expression "(": error parsing regexp: "#
                    + "missing closing ): `(`"
            ),
            (
                "a", "((b)$",
                #"silence invalid: invalid label matcher 3: invalid regular expression "((b)$": error parsing regexp: "#
                    + "missing closing ): `((b)$`"
            ),
            (
                "a", "[",
                #"silence invalid: invalid label matcher 3: invalid regular expression "[": error parsing regexp: "#
                    + "missing closing ]: `[`"
            ),
        ])
    func badMatcher(name: String, value: String, message: String) throws {
        let error = #expect(throws: SilenceError.self) {
            try SilenceEdit.matcher(at: 3, name: name, value: value, isRegex: true, isEqual: true)
        }
        #expect(error?.message == message)
    }
}
