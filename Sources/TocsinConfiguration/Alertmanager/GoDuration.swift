/// Durations as Go's `time.Duration` writes them: `1h0m0s`, `1.5s`, `300ms`.
public enum GoDuration {
    private static let units: [(name: String, nanoseconds: Double)] = [
        ("ns", 1), ("us", 1e3), ("µs", 1e3), ("μs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 60e9), ("h", 3600e9),
    ]

    /// Reads a duration, or answers `nil` if the text is none or is too long for 64 bits of nanoseconds.
    public static func parse(_ text: String) -> Duration? {
        var rest = text[...]
        let isNegative = rest.hasPrefix("-")
        if isNegative || rest.hasPrefix("+") { rest = rest.dropFirst() }
        guard rest != "0" else { return .zero }
        guard !rest.isEmpty else { return nil }
        var total = 0.0
        while !rest.isEmpty {
            let digits = rest.prefix { $0 == "." || ($0.isASCII && $0.isNumber) }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { $0 != "." && !$0.isNumber }
            rest = rest.dropFirst(name.count)
            guard digits.contains(where: \.isNumber), digits.count(where: { $0 == "." }) <= 1,
                let count = Double("0" + digits + "0"), let unit = units.first(where: { $0.name == name })
            else { return nil }
            // A trailing zero changes nothing behind a point, but everything before it.
            total += (digits.contains(".") ? count : count / 10) * unit.nanoseconds
        }
        guard let nanoseconds = Int64(exactly: total.rounded()) else { return nil }
        return .nanoseconds(isNegative ? -nanoseconds : nanoseconds)
    }

    /// Writes a duration.
    public static func format(_ duration: Duration) -> String {
        let (seconds, attoseconds) = duration.components
        let (whole, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return "0s" }
        let nanoseconds = whole + attoseconds / 1_000_000_000
        guard nanoseconds != 0 else { return "0s" }
        let sign = nanoseconds < 0 ? "-" : ""
        let size = nanoseconds.magnitude
        for (name, unit) in [("ns", 1), ("µs", 1000), ("ms", 1_000_000)] as [(String, UInt64)]
        where size < unit * 1000 && size < 1_000_000_000 {
            return sign + fraction(size, unit) + name
        }
        let minutes = size / 60_000_000_000
        var text = fraction(size % 60_000_000_000, 1_000_000_000) + "s"
        if minutes > 0 { text = "\(minutes % 60)m" + text }
        if minutes >= 60 { text = "\(minutes / 60)h" + text }
        return sign + text
    }

    private static func fraction(_ size: UInt64, _ unit: UInt64) -> String {
        let rest = size % unit
        guard rest > 0 else { return String(size / unit) }
        var digits = String(unit + rest).dropFirst()
        while digits.hasSuffix("0") { digits = digits.dropLast() }
        return "\(size / unit).\(digits)"
    }
}
