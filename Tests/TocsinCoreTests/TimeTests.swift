import Testing
import TocsinCore

@Suite("Times and durations")
struct TimeTests {
    @Test(
        "RFC 3339 times are read to the millisecond, and written back",
        arguments: [
            ("1970-01-01T00:00:00Z", 0), ("2026-11-24T12:00:00.5+01:00", 1_795_518_000_500),
            ("2000-02-29T23:59:59.999999Z", 951_868_799_999), ("0001-01-01T00:00:00Z", -62_135_596_800_000),
        ] as [(String, Int64)])
    func reads(text: String, milliseconds: Int64) throws {
        let time = try #require(Timestamp(rfc3339: text.utf8))
        #expect(time.milliseconds == milliseconds)
        #expect(Timestamp(rfc3339: time.rfc3339Milliseconds.utf8) == time)
        #expect(Timestamp(rfc3339: time.rfc3339.utf8) == time)
    }

    @Test(
        "What is no time is refused",
        arguments: ["", "2026-02-30T00:00:00Z", "2026-11-24", "2026-11-24T25:00:00Z", "2026-11-24T12:00:00", "x"])
    func refuses(text: String) { #expect(Timestamp(rfc3339: text.utf8) == nil) }

    @Test(
        "Durations read as Prometheus writes them",
        arguments: [("1h30m", 5_400_000), ("0", 0), ("15s", 15_000), ("250ms", 250), ("1d", 86_400_000)]
            as [(String, Int64)])
    func durations(text: String, milliseconds: Int64) {
        #expect(DurationText.parse(text) == .milliseconds(milliseconds))
        #expect(DurationText.parse(DurationText.format(.milliseconds(milliseconds))) == .milliseconds(milliseconds))
    }

    @Test("What is no duration is refused", arguments: ["", "5", "1m1h", "1x", "-1s", "999999999999999y"])
    func noDurations(text: String) { #expect(DurationText.parse(text) == nil) }
}
