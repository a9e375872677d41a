import Foundation
import Testing
import TocsinCore
import TocsinRouting

/// What Alertmanager 0.25's package `timeinterval` answered, recorded from it with Go 1.19.
///
/// Times in months that the package takes for a day too short are not among them.
@Suite("Time intervals as Alertmanager has them")
struct CalendarIntervalGoldenTests {
    private struct Goldens: Decodable {
        struct Interval: Decodable {
            let times: [[String]]?
            let weekdays: [String]?
            let days_of_month: [String]?
            let months: [String]?
            let years: [String]?
            let location: String?
            let milliseconds: [Int64]
            let within: [Bool]
        }
        struct Reading: Decodable {
            let field: String
            let text: String
            let error: String?
            let first: Int
            let last: Int
        }
        let intervals: [Interval]
        let readings: [Reading]
    }

    private let goldens: Goldens

    init() throws {
        let file = Bundle.module.url(forResource: "time-intervals", withExtension: "json", subdirectory: "Goldens")
        goldens = try JSONDecoder().decode(Goldens.self, from: Data(contentsOf: #require(file)))
    }

    @Test("Times are within the same intervals")
    func within() throws {
        for golden in goldens.intervals {
            let interval = try CalendarInterval(
                times: golden.times?.map { try CalendarInterval.times(start: $0[0], end: $0[1]) },
                weekdays: golden.weekdays?.map(CalendarInterval.weekdays),
                daysOfMonth: golden.days_of_month?.map(CalendarInterval.daysOfMonth),
                months: golden.months?.map(CalendarInterval.months), years: golden.years?.map(CalendarInterval.years),
                location: golden.location.map(CalendarInterval.location))
            let within = golden.milliseconds.map { interval.contains(Timestamp(milliseconds: $0)) }
            #expect(within == golden.within, "\(golden)")
        }
        #expect(goldens.intervals.reduce(0) { $0 + $1.within.count } > 500)
    }

    @Test("Fields are read the same and refused in the same words")
    func readings() throws {
        for golden in goldens.readings {
            do {
                let range = try read(golden.field, golden.text)
                #expect(golden.error == nil, "\(golden)")
                #expect(range == .init(first: golden.first, last: golden.last), "\(golden)")
            } catch let error as TimeIntervalError {
                #expect(error.message == golden.error, "\(golden)")
            }
        }
        #expect(goldens.readings.count > 80)
    }

    private func read(_ field: String, _ text: String) throws -> CalendarInterval.NumberRange {
        switch field {
        case "weekdays": return try CalendarInterval.weekdays(text)
        case "days_of_month": return try CalendarInterval.daysOfMonth(text)
        case "months": return try CalendarInterval.months(text)
        case "years": return try CalendarInterval.years(text)
        case "times":
            let ends = text.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            let times = try CalendarInterval.times(start: ends[0], end: ends[1])
            return .init(first: times.start, last: times.end)
        default:
            _ = try CalendarInterval.location(text)
            return .init(first: 0, last: 0)
        }
    }
}
