import TocsinCore

/// The header `Retry-After`, RFC 9110 section 10.2.3: whole seconds, or a date.
enum RetryAfter {
    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]

    /// How long to wait, at most a day.
    static func read(_ response: DeliveryResponse, now: Timestamp) -> Duration? {
        guard let text = response.header("retry-after") else { return nil }
        return Double(text).flatMap(seconds) ?? date(text).map { min(max(.zero, $0 - now), .seconds(86_400)) }
    }

    /// A number of seconds that a vendor names, at most a day.
    static func seconds(_ seconds: Double) -> Duration? {
        seconds >= 0 ? .milliseconds(Int64((min(seconds, 86_400) * 1000).rounded(.up))) : nil
    }

    /// How long to wait by a header that says when a limit is lifted, at most a day.
    ///
    /// In seconds from now, or at a time in seconds or milliseconds since 1970: vendors call the header the same and mean
    /// any of them.
    static func readReset(_ name: String, of response: DeliveryResponse, now: Timestamp) -> Duration? {
        guard let text = response.header(name), let number = Double(text), number >= 0, number < 1e15 else {
            return nil
        }
        let time: Double? = number >= 1e12 ? number : number >= 1e9 ? number * 1000 : nil
        let wait = time.map { $0 - Double(now.milliseconds) } ?? number * 1000
        return wait > 0 ? .milliseconds(Int64(min(wait, 86_400_000))) : nil
    }

    /// The three forms of RFC 9110, section 5.6.7: `Sun, 06 Nov 1994 08:49:37 GMT`, `Sunday, 06-Nov-94 08:49:37 GMT` and
    /// `Sun Nov  6 08:49:37 1994`.
    static func date(_ text: String) -> Timestamp? {
        let parts = text.split { $0 == " " || $0 == "-" }.map(String.init)
        if text.contains(","), parts.count == 6 {
            return time(day: parts[1], month: parts[2], year: parts[3], parts[4])
        }
        if parts.count == 5 { return time(day: parts[2], month: parts[1], year: parts[4], parts[3]) }
        return nil
    }

    private static func time(day: String, month: String, year: String, _ clock: String) -> Timestamp? {
        guard let month = months.firstIndex(of: month), let day = Int(day), var year = Int(year) else { return nil }
        if year < 100 { year += year < 70 ? 2000 : 1900 }
        func two(_ number: Int) -> String { (number < 10 ? "0" : "") + String(number) }
        return Timestamp(rfc3339: "\(year)-\(two(month + 1))-\(two(day))T\(clock)Z".utf8)
    }
}
