import TocsinRouting

/// Reads a part of a named time interval: all that it says must be so at a time for the time to be inside.
enum TimeIntervalReader {
    static func read(_ reader: MappingReader) -> CalendarInterval {
        defer { reader.finish() }
        let times = reader.has("times") ? reader.mappings("times").compactMap(minutes) : nil
        return CalendarInterval(
            times: times, weekdays: ranges(reader, "weekdays", CalendarInterval.weekdays),
            daysOfMonth: ranges(reader, "days_of_month", CalendarInterval.daysOfMonth),
            months: ranges(reader, "months", CalendarInterval.months),
            years: ranges(reader, "years", CalendarInterval.years),
            location: reader.string("location").flatMap { text in
                checked(reader, "location") { () throws(TimeIntervalError) in try CalendarInterval.location(text) }
            })
    }

    private static func minutes(_ reader: MappingReader) -> CalendarInterval.MinuteRange? {
        defer { reader.finish() }
        guard let start = reader.requiredString("start_time"), let end = reader.requiredString("end_time") else {
            return nil
        }
        return checked(reader, "start_time") { () throws(TimeIntervalError) in
            try CalendarInterval.times(start: start, end: end)
        }
    }

    private static func ranges(
        _ reader: MappingReader, _ name: String,
        _ read: (String) throws(TimeIntervalError) -> CalendarInterval.NumberRange
    ) -> [CalendarInterval.NumberRange]? {
        reader.stringList(name).map { texts in
            texts.compactMap { text in checked(reader, name) { () throws(TimeIntervalError) in try read(text) } }
        }
    }

    private static func checked<Value>(
        _ reader: MappingReader, _ name: String, _ read: () throws(TimeIntervalError) -> Value
    ) -> Value? {
        do throws(TimeIntervalError) {
            return try read()
        } catch {
            reader.report(error.code, error.message, name: name)
            return nil
        }
    }
}
