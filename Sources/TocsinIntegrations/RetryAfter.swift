import TocsinCore

/// The header `Retry-After`, RFC 9110 section 10.2.3: whole seconds, or a date.
enum RetryAfter {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// How long to wait, at most a day.
    static func read(_ response: DeliveryResponse, now: Timestamp) -> Duration? {
        guard let text = response.header("retry-after") else { return nil }
        let day = Duration.seconds(86_400)
        if let seconds = Double(text), seconds >= 0 {
            return min(.milliseconds(Int64(min(seconds, 86_400) * 1000)), day)
        }
        return date(text).map { min(max(.zero, $0 - now), day) }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`.
    private static func date(_ text: String) -> Timestamp? {
        let parts = text.split(separator: " ")
        guard parts.count == 6, let month = months.firstIndex(of: String(parts[2])) else { return nil }
        let number = month + 1
        return Timestamp(
            rfc3339: "\(parts[3])-\(number < 10 ? "0" : "")\(number)-\(parts[1])T\(parts[4])Z".utf8)
    }
}
