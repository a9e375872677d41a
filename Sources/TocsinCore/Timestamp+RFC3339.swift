extension Timestamp {
    /// Reads an RFC 3339 date-time (`2026-11-23T08:04:53.195Z`, any offset, any number of fraction digits).
    ///
    /// Digits past the millisecond are cut off. Answers `nil` for anything else, a date that does not exist included.
    public init?(rfc3339 text: some Collection<UInt8>) {
        guard let time = Array(text).withUnsafeBufferPointer({ Timestamp(rfc3339: $0) }) else { return nil }
        self = time
    }

    /// As ``init(rfc3339:)``, without a copy: for the decoder, which reads two of these per alert.
    public init?(rfc3339 bytes: UnsafeBufferPointer<UInt8>) {
        var reader = RFC3339Reader(bytes: bytes)
        guard let milliseconds = reader.read() else { return nil }
        self.init(milliseconds: milliseconds)
    }

    /// The moment as RFC 3339 in UTC with the fewest fraction digits, as Go's `time.RFC3339Nano` prints it.
    public var rfc3339: String {
        let text = rfc3339Milliseconds
        let fraction = milliseconds.remainder(1000)
        guard fraction % 10 == 0 else { return text }
        let head = String(text.dropLast(5))
        guard fraction != 0 else { return head + "Z" }
        let digits = fraction % 100 == 0 ? "\(fraction / 100)" : (fraction < 100 ? "0" : "") + "\(fraction / 10)"
        return head + "." + digits + "Z"
    }

    /// The moment as RFC 3339 in UTC with exactly three fraction digits, as Alertmanager's API v2 prints it.
    public var rfc3339Milliseconds: String {
        let days = milliseconds.quotient(86_400_000)
        let inDay = Int(milliseconds.remainder(86_400_000))
        let (year, month, day) = CivilDate.from(daysSinceEpoch: Int(days))
        // Room for a year of any number of digits, and its sign.
        return String(unsafeUninitializedCapacity: 40) { out in
            var count = 0
            func append(_ byte: UInt8) {
                out.initializeElement(at: count, to: byte)
                count += 1
            }
            func pad(_ value: Int, _ width: Int, then separator: Unicode.Scalar) {
                var unit = 1
                for _ in 1..<width { unit *= 10 }
                while unit > 0 {
                    append(48 + UInt8(value / unit % 10))
                    unit /= 10
                }
                append(UInt8(ascii: separator))
            }
            if (0...9999).contains(year) {
                pad(year, 4, then: "-")
            } else {
                for byte in "\(year)-".utf8 { append(byte) }
            }
            pad(month, 2, then: "-")
            pad(day, 2, then: "T")
            pad(inDay / 3_600_000, 2, then: ":")
            pad(inDay / 60_000 % 60, 2, then: ":")
            pad(inDay / 1000 % 60, 2, then: ".")
            pad(inDay % 1000, 3, then: "Z")
            return count
        }
    }
}

extension Int64 {
    /// Division rounded down, so that times before the epoch fall into the right day.
    fileprivate func quotient(_ divisor: Int64) -> Int64 { (self - remainder(divisor)) / divisor }
    /// The remainder that is never negative.
    fileprivate func remainder(_ divisor: Int64) -> Int64 { ((self % divisor) + divisor) % divisor }
}

/// Days and dates of the proleptic Gregorian calendar (Howard Hinnant, "chrono-compatible low-level date algorithms").
enum CivilDate {
    static func from(daysSinceEpoch: Int) -> (year: Int, month: Int, day: Int) {
        let z = daysSinceEpoch + 719_468
        let era = (z >= 0 ? z : z - 146_096) / 146_097
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * shifted + 2) / 5 + 1
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    static func days(year: Int, month: Int, day: Int) -> Int {
        let y = month <= 2 ? year - 1 : year
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468
    }

    static func length(ofMonth month: Int, year: Int) -> Int {
        switch month {
        case 2: (year % 4 == 0 && year % 100 != 0) || year % 400 == 0 ? 29 : 28
        case 4, 6, 9, 11: 30
        default: 31
        }
    }
}

private struct RFC3339Reader {
    let bytes: UnsafeBufferPointer<UInt8>
    var position = 0

    init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    mutating func read() -> Int64? {
        guard let year = digits(4), take("-"), let month = digits(2), take("-"), let day = digits(2),
            take("T") || take("t") || take(" "),
            let hour = digits(2), take(":"), let minute = digits(2), take(":"), let second = digits(2),
            (1...12).contains(month), day >= 1, day <= CivilDate.length(ofMonth: month, year: year),
            hour <= 23, minute <= 59, second <= 60,
            let fraction = readFraction(), let offset = readOffset(), position == bytes.count
        else { return nil }
        let days = Int64(CivilDate.days(year: year, month: month, day: day))
        let seconds = days * 86_400 + Int64(hour * 3600 + minute * 60 + second) - Int64(offset)
        return seconds * 1000 + Int64(fraction)
    }

    private mutating func readFraction() -> Int? {
        guard take(".") else { return 0 }
        var milliseconds = 0
        var count = 0
        while position < bytes.count, let digit = digit(at: position) {
            if count < 3 { milliseconds = milliseconds * 10 + digit }
            count += 1
            position += 1
        }
        guard count > 0 else { return nil }
        for _ in count..<max(count, 3) { milliseconds *= 10 }
        return milliseconds
    }

    private mutating func readOffset() -> Int? {
        if take("Z") || take("z") { return 0 }
        let sign: Int
        if take("+") { sign = 1 } else if take("-") { sign = -1 } else { return nil }
        guard let hours = digits(2), take(":"), let minutes = digits(2), hours <= 23, minutes <= 59 else { return nil }
        return sign * (hours * 3600 + minutes * 60)
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private func digit(at index: Int) -> Int? {
        let value = Int(bytes[index]) - 48
        return (0...9).contains(value) ? value : nil
    }

    private mutating func digits(_ count: Int) -> Int? {
        guard position + count <= bytes.count else { return nil }
        var value = 0
        for index in position..<position + count {
            guard let digit = digit(at: index) else { return nil }
            value = value * 10 + digit
        }
        position += count
        return value
    }
}
