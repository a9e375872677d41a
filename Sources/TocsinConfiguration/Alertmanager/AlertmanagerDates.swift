import TocsinRouting

/// A field of a time interval that holds ranges of days, months or years.
enum AlertmanagerDates: Sendable {
    case weekdays
    case daysOfMonth
    case months
    case years

    private static let weekdayNames = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
    /// Go's name of a list of ranges, for messages.
    var listName: String {
        switch self {
        case .weekdays: "[]timeinterval.WeekdayRange"
        case .daysOfMonth: "[]timeinterval.DayOfMonthRange"
        case .months: "[]timeinterval.MonthRange"
        case .years: "[]timeinterval.YearRange"
        }
    }

    func parse(_ text: String) throws(TimeIntervalError) -> CalendarInterval.NumberRange {
        switch self {
        case .weekdays: try CalendarInterval.weekdays(text)
        case .daysOfMonth: try CalendarInterval.daysOfMonth(text)
        case .months: try CalendarInterval.months(text)
        case .years: try CalendarInterval.years(text)
        }
    }

    /// The range as Alertmanager prints it: of all numbers only those of weekdays get names.
    func text(_ range: CalendarInterval.NumberRange) -> String {
        let first = word(range.first)
        return range.first == range.last ? first : first + ":" + word(range.last)
    }

    private func word(_ number: Int) -> String {
        switch self {
        case .weekdays where AlertmanagerDates.weekdayNames.indices.contains(number):
            AlertmanagerDates.weekdayNames[number]
        default: String(number)
        }
    }
}
