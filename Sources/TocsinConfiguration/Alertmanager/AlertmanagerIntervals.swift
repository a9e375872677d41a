import TocsinRouting

/// Makes the time intervals that routes refer to.
enum AlertmanagerIntervals {
    /// All of a file, those of the older section too.
    static func all(of file: AlertmanagerObject) throws(AlertmanagerFault) -> [String: [CalendarInterval]] {
        var intervals: [String: [CalendarInterval]] = [:]
        for field in ["mute_time_intervals", "time_intervals"] {
            for named in file.objects(field) {
                var parts: [CalendarInterval] = []
                for part in named.objects("time_intervals") { parts.append(try interval(part)) }
                intervals[named.text("name")] = parts
            }
        }
        return intervals
    }

    /// Reads minutes of a day.
    static func minutes(_ range: AlertmanagerObject) throws(AlertmanagerFault) -> CalendarInterval.MinuteRange {
        do throws(TimeIntervalError) {
            return try CalendarInterval.times(start: range.text("start_time"), end: range.text("end_time"))
        } catch {
            throw AlertmanagerFault(error.message, at: range.location)
        }
    }

    private static func interval(_ object: AlertmanagerObject) throws(AlertmanagerFault) -> CalendarInterval {
        var times: [CalendarInterval.MinuteRange]?
        if case .list = object["times"] {
            var ranges: [CalendarInterval.MinuteRange] = []
            for range in object.objects("times") { ranges.append(try minutes(range)) }
            times = ranges
        }
        do throws(TimeIntervalError) {
            return CalendarInterval(
                times: times, weekdays: try ranges(object, "weekdays", .weekdays),
                daysOfMonth: try ranges(object, "days_of_month", .daysOfMonth),
                months: try ranges(object, "months", .months), years: try ranges(object, "years", .years),
                location: object.has("location") ? try CalendarInterval.location(object.text("location")) : nil)
        } catch {
            throw AlertmanagerFault(error.message, at: object.location)
        }
    }

    private static func ranges(
        _ object: AlertmanagerObject, _ name: String, _ dates: AlertmanagerDates
    ) throws(TimeIntervalError) -> [CalendarInterval.NumberRange]? {
        guard case .list = object[name] else { return nil }
        var ranges: [CalendarInterval.NumberRange] = []
        for text in object.texts(name) { ranges.append(try dates.parse(text)) }
        return ranges
    }
}
