import TocsinCore

/// How long something has been running, in words: `14d 7h 23m`.
public enum UptimeText {
    /// Days, hours and minutes; seconds while it is less than a minute.
    public static func format(_ duration: Duration) -> String {
        let seconds = max(0, duration.milliseconds / 1000)
        guard seconds >= 60 else { return "\(seconds)s" }
        let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60)
        if days > 0 { return "\(days)d \(hours)h \(minutes)m" }
        return hours > 0 ? "\(hours)h \(minutes)m" : "\(minutes)m"
    }
}
