import TocsinAlerts

extension CalendarInterval {
    private static let weekdayNames = [
        "sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday",
    ]
    private static let monthNames = [
        "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
        "december",
    ]

    /// Reads a time of the day from `start_time` and `end_time`, each `HH:MM`; a day ends at `24:00`.
    ///
    /// - Throws: ``TimeIntervalError`` if one is missing or malformed, or the end is not after the start.
    public static func times(start: String, end: String) throws(TimeIntervalError) -> MinuteRange {
        guard !start.isEmpty, !end.isEmpty else {
            throw TimeIntervalError("both start and end times must be provided")
        }
        let range = MinuteRange(start: try minute(start), end: try minute(end))
        guard range.start < range.end else {
            throw TimeIntervalError("start time cannot be equal or greater than end time")
        }
        return range
    }

    /// Reads weekdays: `monday` or `monday:friday`, in any case.
    ///
    /// - Throws: ``TimeIntervalError`` if a name is unknown, or the last comes before the first in a week from Sunday.
    public static func weekdays(_ text: String) throws(TimeIntervalError) -> NumberRange {
        let range = try split(text) { (name) throws(TimeIntervalError) in
            guard let number = weekdayNames.firstIndex(of: name) else {
                throw TimeIntervalError("\(name) is not a valid weekday")
            }
            return number
        }
        guard range.first <= range.last else { throw TimeIntervalError("start day cannot be before end day") }
        return range
    }

    /// Reads days of the month: `1`, `1:5`, `-3:-1`, `20:-1`.
    ///
    /// - Throws: ``TimeIntervalError`` if a day is not within 1 to 31 or -31 to -1, or no month can have such days.
    public static func daysOfMonth(_ text: String) throws(TimeIntervalError) -> NumberRange {
        let range = try split(text, number)
        for day in [range.first, range.last] where day == 0 || day < -31 || day > 31 {
            throw TimeIntervalError("\(day) is not a valid day of the month: out of range")
        }
        guard range.first > 0 || range.last < 0 else {
            throw TimeIntervalError("end day must be negative if start day is negative")
        }
        // How a negative day lies to a positive one is known only of the shortest month.
        let first = range.first < 0 ? 28 + range.first : range.first
        let last = range.last < 0 ? 28 + range.last : range.last
        guard first <= last else {
            throw TimeIntervalError("end day \(range.last) is always before start day \(range.first)")
        }
        return range
    }

    /// Reads months: `january`, `1`, `january:march`, `5:august`, in any case.
    ///
    /// - Throws: ``TimeIntervalError`` if a name is unknown or the last comes before the first.
    public static func months(_ text: String) throws(TimeIntervalError) -> NumberRange {
        let range = try split(text) { (name) throws(TimeIntervalError) in
            if let index = monthNames.firstIndex(of: name) { return index + 1 }
            guard let number = Int(name) else { throw TimeIntervalError("\(name) is not a valid month") }
            return number
        }
        guard range.first <= range.last else {
            throw TimeIntervalError(
                "end month \(monthName(range.last)) is before start month \(monthName(range.first))")
        }
        return range
    }

    /// Reads years: `2026` or `2026:2028`.
    ///
    /// - Throws: ``TimeIntervalError`` if one is no number or the last comes before the first.
    public static func years(_ text: String) throws(TimeIntervalError) -> NumberRange {
        let range = try split(text, number)
        guard range.first <= range.last else {
            throw TimeIntervalError("end year \(range.last) is before start year \(range.first)")
        }
        return range
    }

    /// Finds a zone: a name of the IANA time zone database, `UTC` or `Local`.
    ///
    /// - Throws: ``TimeIntervalError`` if nobody knows the name.
    public static func location(_ text: String) throws(TimeIntervalError) -> Location { try Location(text) }

    private static func split(
        _ text: String, _ member: (String) throws(TimeIntervalError) -> Int
    ) throws(TimeIntervalError) -> NumberRange {
        let text = text.lowercased()
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2 else { throw TimeIntervalError("couldn't parse range \(text), invalid format") }
        let first = try member(parts[0])
        return NumberRange(first: first, last: parts.count == 2 ? try member(parts[1]) : first)
    }

    /// As Go's `strconv.Atoi`, whose errors Alertmanager passes on.
    private static func number(_ text: String) throws(TimeIntervalError) -> Int {
        if let number = Int(text) { return number }
        let digits = text.first == "-" || text.first == "+" ? text.dropFirst() : text[...]
        let isNumber = !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) }
        let reason = isNumber ? "value out of range" : "invalid syntax"
        throw TimeIntervalError("strconv.Atoi: parsing \(GoQuoting.quote(text)): \(reason)")
    }

    private static func monthName(_ number: Int) -> String {
        monthNames.indices.contains(number - 1) ? monthNames[number - 1] : ""
    }

    private static func minute(_ text: String) throws(TimeIntervalError) -> Int {
        let bytes = Array(text.utf8)
        let digits = bytes.map { Int($0) - 0x30 }
        guard bytes.count == 5, bytes[2] == UInt8(ascii: ":"),
            [0, 1, 3, 4].allSatisfy({ (0...9).contains(digits[$0]) }), digits[3] <= 5
        else { throw TimeIntervalError("couldn't parse timestamp \(text), invalid format") }
        let hour = digits[0] * 10 + digits[1]
        let minute = digits[3] * 10 + digits[4]
        guard hour < 24 || (hour == 24 && minute == 0) else {
            throw TimeIntervalError("couldn't parse timestamp \(text), invalid format")
        }
        return hour * 60 + minute
    }
}
