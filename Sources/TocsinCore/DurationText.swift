/// Durations as Prometheus writes them: `1d12h`, `5m`, `1h30m`, `500ms`, `0`.
///
/// Format: `prometheus/common` model.ParseDuration: units y w d h m s ms, each at most once, from the largest to the
/// smallest; a year is 365 days; no fraction and no sign.
public enum DurationText {
    private static let units: [(name: String, milliseconds: Int64)] = [
        ("y", 31_536_000_000), ("w", 604_800_000), ("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1000),
        ("ms", 1),
    ]

    /// Reads a duration, or answers `nil` if the text is none or is too long for 64 bits of nanoseconds.
    public static func parse(_ text: String) -> Duration? {
        guard text != "0" else { return .zero }
        var rest = Substring(text)
        var total: Int64 = 0
        var next = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix(while: { $0.isASCII && $0.isNumber })
            rest = rest.dropFirst(digits.count)
            let unit = rest.prefix(while: { $0.isASCII && $0.isLetter })
            rest = rest.dropFirst(unit.count)
            guard let count = Int64(digits), let index = units[next...].firstIndex(where: { $0.name == unit }) else {
                return nil
            }
            next = index + 1
            let (product, overflow) = count.multipliedReportingOverflow(by: units[index].milliseconds)
            let (sum, tooLong) = total.addingReportingOverflow(product)
            guard !overflow, !tooLong, sum <= Int64.max / 1_000_000 else { return nil }
            total = sum
        }
        return .milliseconds(total)
    }

    /// Writes a duration the way Prometheus does, to the millisecond.
    public static func format(_ duration: Duration) -> String {
        var rest = duration.milliseconds
        guard rest > 0 else { return "0s" }
        var text = ""
        for unit in units {
            // As Prometheus does: years and weeks only where they divide evenly, because "1w3d" reads worse than "10d".
            if unit.name == "y" || unit.name == "w", rest % unit.milliseconds != 0 { continue }
            let count = rest / unit.milliseconds
            if count > 0 { text += "\(count)\(unit.name)" }
            rest %= unit.milliseconds
        }
        return text
    }
}
