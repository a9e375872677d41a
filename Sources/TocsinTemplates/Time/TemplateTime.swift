public import TocsinCore

/// A moment as templates see it: Go's `time.Time`, with the offset of the zone it is told in.
public struct TemplateTime: Sendable, Hashable {
    /// Seconds since 1970-01-01T00:00:00Z.
    public let seconds: Int64
    /// Nanoseconds in the second, never negative.
    public let nanoseconds: Int32
    /// How many seconds local time is ahead of UTC.
    public let offset: Int32
    /// What the zone is called at that time, such as `UTC` or `CEST`; empty if it has only an offset.
    public let zone: String

    /// Makes a moment; one outside of the years 0 to 9999 is taken for their beginning or end.
    public init(seconds: Int64, nanoseconds: Int32 = 0, offset: Int32 = 0, zone: String = "UTC") {
        self.seconds = min(max(seconds, Self.range.lowerBound), Self.range.upperBound)
        self.nanoseconds = nanoseconds
        self.offset = offset
        self.zone = zone
    }

    /// Makes a moment in UTC.
    public init(_ timestamp: Timestamp) {
        let milliseconds = timestamp.milliseconds
        let remainder = (milliseconds % 1000 + 1000) % 1000
        self.init(seconds: (milliseconds - remainder) / 1000, nanoseconds: Int32(remainder) * 1_000_000)
    }

    /// Go's zero time, 0001-01-01T00:00:00Z.
    static let zero = TemplateTime(seconds: -62_135_596_800)

    /// The years 0 to 9999.
    private static let range: ClosedRange<Int64> = -62_167_219_200...253_402_300_799

    var isZero: Bool { seconds == Self.zero.seconds && nanoseconds == 0 }

    /// The date and time of day where the zone is.
    var civil: CivilTime { CivilTime(localSeconds: seconds + Int64(offset)) }

    func isBefore(_ other: TemplateTime) -> Bool {
        (seconds, nanoseconds) < (other.seconds, other.nanoseconds)
    }

    /// The nanoseconds from another moment to this one, or the largest number if they are too many.
    func nanoseconds(since other: TemplateTime) -> Int64 {
        let (product, overflow) = (seconds - other.seconds).multipliedReportingOverflow(by: 1_000_000_000)
        let (sum, tooLarge) = product.addingReportingOverflow(Int64(nanoseconds - other.nanoseconds))
        guard overflow || tooLarge else { return sum }
        return seconds > other.seconds ? .max : .min
    }

    func adding(nanoseconds added: Int64) -> TemplateTime {
        let total = Int64(nanoseconds) + added % 1_000_000_000
        let carry = total < 0 ? -1 : total / 1_000_000_000
        let sum = seconds + added / 1_000_000_000 + carry
        return TemplateTime(
            seconds: sum, nanoseconds: Int32(total - carry * 1_000_000_000), offset: offset, zone: zone)
    }

    func told(offset: Int32, zone: String) -> TemplateTime {
        TemplateTime(seconds: seconds, nanoseconds: nanoseconds, offset: offset, zone: zone)
    }

    /// Go's `Time.String`.
    var description: String { format("2006-01-02 15:04:05.999999999 -0700 MST") }

    /// Go's `time.RFC3339Nano`.
    var rfc3339: String { format("2006-01-02T15:04:05.999999999Z07:00") }

    private static let months = [
        "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
        "December",
    ]
    private static let weekdays = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]

    static func name(ofMonth month: Int) -> String {
        months.indices.contains(month - 1) ? months[month - 1] : "%!Month(\(month))"
    }

    static func name(ofWeekday day: Int) -> String {
        weekdays.indices.contains(day) ? weekdays[day] : "%!Weekday(\(day))"
    }
}

/// A date and a time of day (Howard Hinnant, "chrono-compatible low-level date algorithms").
struct CivilTime {
    let year: Int
    let month: Int
    let day: Int
    let hour: Int
    let minute: Int
    let second: Int
    /// From Sunday, 0.
    let weekday: Int
    /// From 1.
    let dayOfYear: Int

    init(localSeconds: Int64) {
        let inDay = Int((localSeconds % 86_400 + 86_400) % 86_400)
        let days = Int((localSeconds - Int64(inDay)) / 86_400)
        hour = inDay / 3600
        minute = inDay / 60 % 60
        second = inDay % 60
        weekday = ((days + 4) % 7 + 7) % 7
        let z = days + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayFromMarch = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayFromMarch + 2) / 153
        day = dayFromMarch - (153 * shifted + 2) / 5 + 1
        month = shifted < 10 ? shifted + 3 : shifted - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        dayOfYear = days - Self.days(year: year, month: 1, day: 1) + 1
    }

    static func days(year: Int, month: Int, day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}
