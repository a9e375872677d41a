/// A moment as a calendar and a clock on the wall show it.
///
/// Days to dates after "chrono-Compatible Low-Level Date Algorithms" by Howard Hinnant: years run from March, so that the
/// leap day is the last of its year.
struct CivilTime: Equatable {
    let year: Int
    /// 1 to 12.
    let month: Int
    /// 1 to 31.
    let day: Int
    /// 0 is Sunday.
    let weekday: Int
    /// 0 to 1439.
    let minute: Int

    /// What a clock shows that counts seconds since 1970 without an offset.
    init(seconds: Int64) {
        let days = CivilTime.floored(seconds, by: 86_400)
        minute = Int(seconds - days * 86_400) / 60
        // 1970-01-01 was a Thursday.
        weekday = Int(days + 4 - CivilTime.floored(days + 4, by: 7) * 7)
        let shifted = days + 719_468  // Days since 0000-03-01.
        let era = CivilTime.floored(shifted, by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * marchMonth + 2) / 5 + 1)
        month = Int(marchMonth < 10 ? marchMonth + 3 : marchMonth - 9)
        year = Int(yearOfEra + era * 400) + (month <= 2 ? 1 : 0)
    }

    /// How many days the month has.
    var daysInMonth: Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    private static func floored(_ value: Int64, by divisor: Int64) -> Int64 {
        value / divisor - (value % divisor < 0 ? 1 : 0)
    }

    /// Whole seconds of milliseconds, downwards.
    static func seconds(milliseconds: Int64) -> Int64 { floored(milliseconds, by: 1000) }
}
