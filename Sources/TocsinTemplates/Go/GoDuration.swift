/// Writes lengths of time as Go's `time.Duration` and Prometheus' templates do.
enum GoDuration {
    private static let second: UInt64 = 1_000_000_000

    /// Go's `Duration.String`: `1h15m30.918s`, `1.5ms`, `0s`.
    static func text(_ nanoseconds: Int64) -> String {
        guard nanoseconds != 0 else { return "0s" }
        let sign = nanoseconds < 0 ? "-" : ""
        let total = nanoseconds.magnitude
        if total < second {
            if total < 1000 { return "\(sign)\(total)ns" }
            if total < 1_000_000 { return sign + decimal(total, unit: 1000) + "µs" }
            return sign + decimal(total, unit: 1_000_000) + "ms"
        }
        let minutes = total / second / 60
        let seconds = decimal(total - minutes * 60 * second, unit: second) + "s"
        if minutes == 0 { return sign + seconds }
        if minutes < 60 { return "\(sign)\(minutes)m\(seconds)" }
        return "\(sign)\(minutes / 60)h\(minutes % 60)m\(seconds)"
    }

    private static func decimal(_ value: UInt64, unit: UInt64) -> String {
        let fraction = value % unit
        guard fraction != 0 else { return "\(value / unit)" }
        let width = String(unit).utf8.count - 1
        let digits = String(fraction)
        var text = String(repeating: "0", count: width - digits.utf8.count) + digits
        while text.hasSuffix("0") { text.removeLast() }
        return "\(value / unit).\(text)"
    }

    /// Prometheus' `humanizeDuration`, of seconds: `1d 2h 3m 4s`, `12.3ms`.
    static func humanize(_ seconds: Double) -> String {
        guard seconds.isFinite else { return GoFloat.format(seconds, "g", precision: 4) }
        guard seconds != 0 else { return "0s" }
        if seconds.magnitude < 1 {
            var value = seconds
            var prefix = ""
            for next in ["m", "u", "n", "p", "f", "a", "z", "y"] where value.magnitude < 1 {
                prefix = next
                value *= 1000
            }
            return GoFloat.format(value, "g", precision: 4) + prefix + "s"
        }
        let sign = seconds < 0 ? "-" : ""
        let whole = Int64(exactly: seconds.magnitude.rounded(.towardZero)) ?? .max
        let (minutes, hours, days) = (whole / 60 % 60, whole / 3600 % 24, whole / 86_400)
        if days != 0 { return "\(sign)\(days)d \(hours)h \(minutes)m \(whole % 60)s" }
        if hours != 0 { return "\(sign)\(hours)h \(minutes)m \(whole % 60)s" }
        if minutes != 0 { return "\(sign)\(minutes)m \(whole % 60)s" }
        return sign + GoFloat.format(seconds.magnitude, "g", precision: 4) + "s"
    }
}
