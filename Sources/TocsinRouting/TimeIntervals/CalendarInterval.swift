public import TocsinCore

/// Times that come again by the calendar and the clock, such as working hours.
///
/// Semantics of Alertmanager's `timeinterval.TimeInterval`: a time is within the interval if every field that is there
/// has an entry that fits it. A field that is there without entries fits no time. One difference: Alertmanager takes a
/// month in which clocks go forward for a day shorter than it is, so that its -1 is the last day but one; here -1 is
/// the last day of every month.
public struct CalendarInterval: Sendable, Hashable {
    /// Minutes of a day, from the first up to but without the end.
    public struct MinuteRange: Sendable, Hashable {
        /// The first minute, 0 to 1439.
        public let start: Int
        /// The minute after the last, 1 to 1440.
        public let end: Int

        /// Makes a range.
        public init(start: Int, end: Int) {
            self.start = start
            self.end = end
        }
    }

    /// Numbers of days, weekdays, months or years, both ends among them.
    public struct NumberRange: Sendable, Hashable {
        /// The first.
        public let first: Int
        /// The last.
        public let last: Int

        /// Makes a range.
        public init(first: Int, last: Int) {
            self.first = first
            self.last = last
        }

        func contains(_ number: Int) -> Bool { first <= number && number <= last }
    }

    /// Times of the day.
    public let times: [MinuteRange]?
    /// Days of the week; 0 is Sunday.
    public let weekdays: [NumberRange]?
    /// Days of the month; negative ones count from the end of the month, -1 being the last.
    public let daysOfMonth: [NumberRange]?
    /// Months; 1 is January.
    public let months: [NumberRange]?
    /// Years.
    public let years: [NumberRange]?
    /// Where the clock hangs; UTC if it is not said.
    public let location: Location?

    /// Makes an interval.
    public init(
        times: [MinuteRange]? = nil, weekdays: [NumberRange]? = nil, daysOfMonth: [NumberRange]? = nil,
        months: [NumberRange]? = nil, years: [NumberRange]? = nil, location: Location? = nil
    ) {
        self.times = times
        self.weekdays = weekdays
        self.daysOfMonth = daysOfMonth
        self.months = months
        self.years = years
        self.location = location
    }

    /// Whether a moment is within the interval.
    public func contains(_ time: Timestamp) -> Bool {
        let seconds = CivilTime.seconds(milliseconds: time.milliseconds)
        let civil = CivilTime(seconds: seconds + (location?.offset(atSeconds: seconds) ?? 0))
        return fits(times) { $0.start <= civil.minute && civil.minute < $0.end }
            && fits(daysOfMonth) { CalendarInterval.contains($0, civil) }
            && fits(months) { $0.contains(civil.month) }
            && fits(weekdays) { $0.contains(civil.weekday) }
            && fits(years) { $0.contains(civil.year) }
    }

    private func fits<Entry>(_ field: [Entry]?, _ contains: (Entry) -> Bool) -> Bool {
        field?.contains(where: contains) ?? true
    }

    /// Whether a range of days, once the negative ones are counted from the end of the month, has the day.
    ///
    /// What lies beyond the month's ends is cut off by itself, because the day does not lie there.
    private static func contains(_ days: NumberRange, _ civil: CivilTime) -> Bool {
        let length = civil.daysInMonth
        let first = days.first < 0 ? length + days.first + 1 : days.first
        let last = days.last < 0 ? length + days.last + 1 : days.last
        return first <= civil.day && civil.day <= last
    }
}
