import Synchronization
import TocsinCore

/// The text of the `Date` header (RFC 9110, section 5.6.7), made once a second.
final class DateHeader: Sendable {
    private static let days = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    private let last = Mutex((second: Int64.min, text: ""))

    func text(at now: Timestamp) -> String {
        let second = now.milliseconds / 1000
        return last.withLock { last in
            if last.second != second { last = (second, Self.format(now)) }
            return last.text
        }
    }

    /// `Sun, 06 Nov 1994 08:49:37 GMT`, for times since 1970.
    static func format(_ time: Timestamp) -> String {
        // 2026-11-25T07:15:49Z
        let parts = time.rfc3339.split { !$0.isNumber }
        guard parts.count >= 6, let month = Int(parts[1]), (1...12).contains(month) else { return "" }
        let day = days[Int((time.milliseconds / 86_400_000) % 7)]
        return "\(day), \(parts[2]) \(months[month - 1]) \(parts[0]) \(parts[3]):\(parts[4]):\(parts[5]) GMT"
    }
}
