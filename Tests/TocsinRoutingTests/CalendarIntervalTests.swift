import Foundation
import Testing
import TocsinCore
import TocsinRouting
import TocsinTesting

@Suite("Time intervals")
struct CalendarIntervalTests {
    private func time(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text.utf8)) }

    /// As if it stood in a configuration; a semicolon divides entries.
    private func interval(
        times: String? = nil, weekdays: String? = nil, days: String? = nil, months: String? = nil, years: String? = nil,
        location: String? = nil
    ) throws -> CalendarInterval {
        func read<Entry>(_ text: String?, _ entry: (String) throws -> Entry) throws -> [Entry]? {
            try text?.split(separator: ";").map { try entry(String($0)) }
        }
        return try CalendarInterval(
            times: read(times) {
                let ends = $0.split(separator: "-").map(String.init)
                return try CalendarInterval.times(start: ends[0], end: ends[1])
            },
            weekdays: read(weekdays, CalendarInterval.weekdays), daysOfMonth: read(days, CalendarInterval.daysOfMonth),
            months: read(months, CalendarInterval.months), years: read(years, CalendarInterval.years),
            location: location.map(CalendarInterval.location))
    }

    @Test(
        "Times of the day end before their end",
        arguments: [
            ("08:59:59.999Z", false), ("09:00:00Z", true), ("16:59:59.999Z", true), ("17:00:00Z", false),
            ("23:59:59.999Z", true), ("00:00:00Z", false),
        ])
    func times(clock: String, isWithin: Bool) throws {
        let interval = try interval(times: "09:00-17:00;23:00-24:00")
        #expect(interval.contains(try time("2026-11-24T\(clock)")) == isWithin)
    }

    @Test(
        "Negative days count from the end of each month",
        arguments: [
            ("-1", "2024-02-29", true), ("-1", "2024-02-28", false), ("-1", "2023-02-28", true),
            ("-1", "1900-02-28", true), ("-1", "2000-02-29", true), ("-3:-1", "2026-04-28", true),
            ("-3:-1", "2026-04-27", false), ("-31", "2026-01-01", true), ("-31:-30", "2026-04-01", true),
            ("-31:-29", "2026-02-01", false), ("31", "2026-04-30", false), ("31", "2026-05-31", true),
            ("29:31", "2026-02-28", false), ("20:-1", "2026-02-28", true), ("1:-1", "2026-02-28", true),
            ("15:-10", "2026-02-19", true), ("15:-10", "2026-02-20", false), ("1;15", "2026-02-15", true),
        ])
    func days(range: String, date: String, isWithin: Bool) throws {
        #expect(try interval(days: range).contains(time("\(date)T12:00:00Z")) == isWithin)
    }

    @Test(
        "Clocks that change are followed",
        arguments: [
            // Clocks go from 02:00 to 03:00 at 01:00 UTC.
            ("2024-03-31T00:59:59Z", "01:00-02:00", true), ("2024-03-31T01:00:00Z", "02:00-03:00", false),
            ("2024-03-31T01:00:00Z", "03:00-04:00", true),
            // And from 03:00 back to 02:00 at 01:00 UTC, so that the hour comes twice.
            ("2024-10-27T00:30:00Z", "02:00-03:00", true), ("2024-10-27T01:30:00Z", "02:00-03:00", true),
            ("2024-10-27T02:00:00Z", "02:00-03:00", false),
        ])
    func clocks(moment: String, times: String, isWithin: Bool) throws {
        #expect(try interval(times: times, location: "Europe/Berlin").contains(time(moment)) == isWithin)
    }

    @Test("The last day of a month in which clocks go forward is its last day")
    func longMarch() throws {
        let last = try interval(days: "-1", location: "Europe/Berlin")
        #expect(last.contains(try time("2024-03-31T12:00:00Z")))
        #expect(!last.contains(try time("2024-03-30T12:00:00Z")))
    }

    @Test("A zone decides also on the day, the month and the year")
    func zone() throws {
        let newYear = try interval(weekdays: "monday", days: "1", months: "january", years: "2024")
        let there = CalendarInterval(
            weekdays: newYear.weekdays, daysOfMonth: newYear.daysOfMonth, months: newYear.months, years: newYear.years,
            location: try CalendarInterval.location("Pacific/Auckland"))
        let eve = try time("2023-12-31T12:00:00Z")
        #expect(!newYear.contains(eve))
        #expect(there.contains(eve))
        #expect(newYear.contains(try time("2024-01-01T00:00:00Z")))
    }

    @Test("Without fields every time is within; with a field without entries none is")
    func empty() {
        #expect(CalendarInterval().contains(.epoch))
        #expect(CalendarInterval().contains(.unset))
        #expect(!CalendarInterval(times: []).contains(.epoch))
        #expect(!CalendarInterval(years: []).contains(.epoch))
        #expect(!CalendarInterval(daysOfMonth: []).contains(.epoch))
    }

    @Test("The calendar of the system agrees", arguments: UInt64(1)...6)
    func agreesWithCalendar(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let zones = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"]
        var within = 0
        for _ in 0..<400 {
            let zone = try #require(zones.randomElement(using: &generator))
            // 1900 to 2099.
            let seconds = Int64.random(in: -2_208_988_800..<4_102_444_800, using: &generator)
            let interval = try randomInterval(zone, using: &generator)
            let expected = try evaluate(interval, zone, seconds)
            let time = Timestamp(milliseconds: seconds * 1000 + Int64.random(in: 0..<1000, using: &generator))
            #expect(interval.contains(time) == expected, "seed \(seed): \(interval) at \(seconds)")
            if expected { within += 1 }
        }
        #expect((40...360).contains(within), "seed \(seed) draws too few of one kind")
    }

    private func randomInterval(_ zone: String, using generator: inout SeededGenerator) throws -> CalendarInterval {
        func ranges(_ low: Int, _ high: Int) -> [CalendarInterval.NumberRange]? {
            guard Int.random(in: 0..<3, using: &generator) == 0 else { return nil }
            let first = Int.random(in: low...high, using: &generator)
            return [.init(first: first, last: Int.random(in: first...high, using: &generator))]
        }
        let start = Int.random(in: 0..<1440, using: &generator)
        let times = CalendarInterval.MinuteRange(
            start: start, end: Int.random(in: (start + 1)...1440, using: &generator))
        let isNegative = Bool.random(using: &generator)
        return CalendarInterval(
            times: Int.random(in: 0..<3, using: &generator) == 0 ? [times] : nil, weekdays: ranges(0, 6),
            daysOfMonth: isNegative ? ranges(-31, -1) : ranges(1, 31), months: ranges(1, 12), years: ranges(1900, 2100),
            location: try CalendarInterval.location(zone))
    }

    /// Lists every day of the month that the interval names, and asks Foundation for everything else.
    private func evaluate(_ interval: CalendarInterval, _ zone: String, _ seconds: Int64) throws -> Bool {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: zone))
        let date = Date(timeIntervalSince1970: Double(seconds))
        let parts = calendar.dateComponents([.year, .month, .day, .weekday, .hour, .minute], from: date)
        let year = try #require(parts.year)
        let month = try #require(parts.month)
        let isLeap = year % 4 == 0 && year % 100 != 0 || year % 400 == 0
        let length = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
        let minute = try #require(parts.hour) * 60 + #require(parts.minute)
        let days = interval.daysOfMonth.map { ranges in
            Set(ranges.flatMap { Array($0.first...$0.last) }.map { $0 < 0 ? length + 1 + $0 : $0 })
        }
        func isNamed(_ ranges: [CalendarInterval.NumberRange]?, _ number: Int) -> Bool {
            ranges?.contains { ($0.first...$0.last).contains(number) } ?? true
        }
        return try interval.times?.contains { ($0.start..<$0.end).contains(minute) } ?? true
            && days?.contains(#require(parts.day)) ?? true && isNamed(interval.months, month)
            && isNamed(interval.weekdays, #require(parts.weekday) - 1) && isNamed(interval.years, year)
    }
}
