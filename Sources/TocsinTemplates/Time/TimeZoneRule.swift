/// A zone's rule without end, in the form of POSIX' `TZ`: `CET-1CEST,M3.5.0,M10.5.0/3`.
struct TimeZoneRule {
    /// When the clocks change: a weekday of a month, or a day of the year.
    private enum Day {
        /// The week is 5 for the last.
        case month(Int, week: Int, weekday: Int)
        /// From 1, the 29th of February never counted.
        case julian(Int)
        /// From 0.
        case ofYear(Int)
    }

    private typealias Change = (day: Day, seconds: Int)

    private let standard: TimeZoneFile.Local
    private let summer: TimeZoneFile.Local?
    private var start: Change = (.month(3, week: 2, weekday: 0), 7200)
    private var end: Change = (.month(11, week: 1, weekday: 0), 7200)

    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        guard let name = Self.name(&rest), let offset = Self.time(&rest) else { return nil }
        standard = TimeZoneFile.Local(offset: Int32(-offset), name: name)
        guard let summerName = Self.name(&rest) else {
            summer = nil
            return
        }
        let summerOffset = rest.isEmpty || rest.first == UInt8(ascii: ",") ? -offset + 3600 : -(Self.time(&rest) ?? 0)
        summer = TimeZoneFile.Local(offset: Int32(summerOffset), name: summerName)
        if let change = Self.change(&rest) { start = change }
        if let change = Self.change(&rest) { end = change }
    }

    func local(at seconds: Int64) -> TimeZoneFile.Local {
        guard let summer else { return standard }
        let year = CivilTime(localSeconds: seconds + Int64(standard.offset)).year
        let begins = Self.moment(start, year) - Int64(standard.offset)
        let ends = Self.moment(end, year) - Int64(summer.offset)
        let isSummer =
            begins < ends ? (begins..<ends).contains(seconds) : !(ends..<begins).contains(seconds)
        return isSummer ? summer : standard
    }

    private static func moment(_ change: Change, _ year: Int) -> Int64 {
        let day: Int
        switch change.day {
        case .month(let month, let week, let weekday):
            let first = CivilTime.days(year: year, month: month, day: 1)
            let firstWeekday = ((first + 4) % 7 + 7) % 7
            var dayOfMonth = (weekday - firstWeekday + 7) % 7 + 7 * (week - 1)
            while dayOfMonth >= CivilTime.length(ofMonth: month, year: year) { dayOfMonth -= 7 }
            day = first + dayOfMonth
        case .julian(let number):
            let hasLeapDay = CivilTime.length(ofMonth: 2, year: year) == 29
            day = CivilTime.days(year: year, month: 1, day: 1) + number - 1 + (hasLeapDay && number >= 60 ? 1 : 0)
        case .ofYear(let number):
            day = CivilTime.days(year: year, month: 1, day: 1) + number
        }
        return Int64(day * 86_400 + change.seconds)
    }

    // MARK: - Reading

    private static func name(_ rest: inout ArraySlice<UInt8>) -> String? {
        var name: ArraySlice<UInt8>
        if rest.first == UInt8(ascii: "<") {
            name = rest.dropFirst().prefix { $0 != UInt8(ascii: ">") }
            rest = rest.dropFirst(name.count + 2)
        } else {
            name = rest.prefix { (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) }
            rest = rest.dropFirst(name.count)
        }
        return name.isEmpty ? nil : String(decoding: name, as: UTF8.self)
    }

    private static func number(_ rest: inout ArraySlice<UInt8>) -> Int? {
        let digits = rest.prefix(3).prefix { (0x30...0x39).contains($0) }
        rest = rest.dropFirst(digits.count)
        return digits.isEmpty ? nil : digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private static func take(_ character: Unicode.Scalar, _ rest: inout ArraySlice<UInt8>) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest = rest.dropFirst()
        return true
    }

    /// Reads `[+-]h[:m[:s]]` as seconds.
    private static func time(_ rest: inout ArraySlice<UInt8>) -> Int? {
        let isNegative = take("-", &rest)
        if !isNegative { _ = take("+", &rest) }
        guard let hours = number(&rest) else { return nil }
        var seconds = hours * 3600
        if take(":", &rest) { seconds += 60 * (number(&rest) ?? 0) }
        if take(":", &rest) { seconds += number(&rest) ?? 0 }
        return isNegative ? -seconds : seconds
    }

    private static func change(_ rest: inout ArraySlice<UInt8>) -> Change? {
        guard take(",", &rest) else { return nil }
        let day: Day
        if take("M", &rest) {
            guard let month = number(&rest), (1...12).contains(month), take(".", &rest),
                let week = number(&rest), (1...5).contains(week), take(".", &rest),
                let weekday = number(&rest), (0...6).contains(weekday)
            else { return nil }
            day = .month(month, week: week, weekday: weekday)
        } else {
            let isJulian = take("J", &rest)
            guard let count = number(&rest), count <= 366 else { return nil }
            day = isJulian ? .julian(count) : .ofYear(count)
        }
        return (day, take("/", &rest) ? time(&rest) ?? 7200 : 7200)
    }
}
