/// A layout of Go's `time` package, which shows how its reference moment would be written.
struct TimeLayout {
    enum Element: Equatable {
        case text(String)
        case longYear, year, longMonth, month, zeroMonth, numberMonth
        case longWeekday, weekday, day, zeroDay, spaceDay, zeroDayOfYear, spaceDayOfYear
        case hour, hour12, zeroHour12, minute, zeroMinute, second, zeroSecond
        case upperPM, lowerPM
        case zone
        /// `Z07:00` and its forms write `Z` for UTC; the number is how many of hours, minutes and seconds there are.
        case offset(hasZ: Bool, hasColon: Bool, parts: Int)
        /// `.000` or `,999`: trailing zeros are left out if the digits are nines.
        case fraction(separator: Character, digits: Int, isTrimmed: Bool)
    }

    let elements: [Element]

    /// What stands for what; of two that fit, the longer comes first.
    private static let words: [(String, Element)] = [
        ("January", .longMonth), ("Jan", .month), ("Monday", .longWeekday), ("Mon", .weekday), ("MST", .zone),
        ("002", .zeroDayOfYear), ("01", .zeroMonth), ("02", .zeroDay), ("03", .zeroHour12), ("04", .zeroMinute),
        ("05", .zeroSecond), ("06", .year), ("15", .hour), ("1", .numberMonth), ("2006", .longYear), ("2", .day),
        ("__2", .spaceDayOfYear), ("_2006", .longYear), ("_2", .spaceDay), ("3", .hour12), ("4", .minute),
        ("5", .second), ("PM", .upperPM), ("pm", .lowerPM),
        ("-07:00:00", .offset(hasZ: false, hasColon: true, parts: 3)),
        ("-070000", .offset(hasZ: false, hasColon: false, parts: 3)),
        ("-07:00", .offset(hasZ: false, hasColon: true, parts: 2)),
        ("-0700", .offset(hasZ: false, hasColon: false, parts: 2)),
        ("-07", .offset(hasZ: false, hasColon: false, parts: 1)),
        ("Z07:00:00", .offset(hasZ: true, hasColon: true, parts: 3)),
        ("Z070000", .offset(hasZ: true, hasColon: false, parts: 3)),
        ("Z07:00", .offset(hasZ: true, hasColon: true, parts: 2)),
        ("Z0700", .offset(hasZ: true, hasColon: false, parts: 2)),
        ("Z07", .offset(hasZ: true, hasColon: false, parts: 1)),
    ]
    private static let wordBytes = words.map { (Array($0.0.utf8), $0.1) }

    init(_ layout: String) {
        var elements: [Element] = []
        var literal: [UInt8] = []
        var rest = Array(layout.utf8)[...]
        while let byte = rest.first {
            if let (element, length) = Self.element(at: rest) {
                if rest.starts(with: Array("_2006".utf8)) { literal.append(byte) }
                if !literal.isEmpty { elements.append(.text(String(decoding: literal, as: UTF8.self))) }
                literal = []
                elements.append(element)
                rest = rest.dropFirst(length)
            } else {
                literal.append(byte)
                rest = rest.dropFirst()
            }
        }
        if !literal.isEmpty { elements.append(.text(String(decoding: literal, as: UTF8.self))) }
        self.elements = elements
    }

    private static func element(at rest: ArraySlice<UInt8>) -> (Element, Int)? {
        if let fraction = fraction(at: rest) { return fraction }
        for (word, element) in wordBytes where rest.starts(with: word) {
            // "Jan" in "January" is found there; in "Janet" Go takes it for a word of the layout's own.
            if element == .month || element == .weekday, isLower(rest.dropFirst(3).first) { continue }
            return (element, word.count)
        }
        return nil
    }

    private static func isLower(_ byte: UInt8?) -> Bool { byte.map { (0x61...0x7A).contains($0) } ?? false }

    private static func fraction(at rest: ArraySlice<UInt8>) -> (Element, Int)? {
        guard let separator = rest.first, separator == UInt8(ascii: ".") || separator == UInt8(ascii: ","),
            let digit = rest.dropFirst().first, digit == UInt8(ascii: "0") || digit == UInt8(ascii: "9")
        else { return nil }
        let digits = rest.dropFirst().prefix { $0 == digit }.count
        if let next = rest.dropFirst(1 + digits).first, (0x30...0x39).contains(next) { return nil }
        return (
            .fraction(
                separator: Character(UnicodeScalar(separator)), digits: digits, isTrimmed: digit == UInt8(ascii: "9")),
            1 + digits
        )
    }
}

extension TemplateTime {
    /// Go's `Time.Format`.
    func format(_ layout: String) -> String {
        let civil = civil
        return TimeLayout(layout).elements.map { text(of: $0, civil) }.joined()
    }

    private func text(of element: TimeLayout.Element, _ civil: CivilTime) -> String {
        let hour12 = civil.hour % 12 == 0 ? 12 : civil.hour % 12
        switch element {
        case .text(let text): return text
        case .longYear: return Self.pad(civil.year, 4)
        case .year: return Self.pad(((civil.year % 100) + 100) % 100, 2)
        case .longMonth: return Self.name(ofMonth: civil.month)
        case .month: return String(Self.name(ofMonth: civil.month).prefix(3))
        case .numberMonth: return "\(civil.month)"
        case .zeroMonth: return Self.pad(civil.month, 2)
        case .longWeekday: return Self.name(ofWeekday: civil.weekday)
        case .weekday: return String(Self.name(ofWeekday: civil.weekday).prefix(3))
        case .day: return "\(civil.day)"
        case .zeroDay: return Self.pad(civil.day, 2)
        case .spaceDay: return Self.pad(civil.day, 2, with: " ")
        case .zeroDayOfYear: return Self.pad(civil.dayOfYear, 3)
        case .spaceDayOfYear: return Self.pad(civil.dayOfYear, 3, with: " ")
        case .hour: return Self.pad(civil.hour, 2)
        case .hour12: return "\(hour12)"
        case .zeroHour12: return Self.pad(hour12, 2)
        case .minute: return "\(civil.minute)"
        case .zeroMinute: return Self.pad(civil.minute, 2)
        case .second: return "\(civil.second)"
        case .zeroSecond: return Self.pad(civil.second, 2)
        case .upperPM: return civil.hour >= 12 ? "PM" : "AM"
        case .lowerPM: return civil.hour >= 12 ? "pm" : "am"
        case .zone: return zoneName
        case .offset(let hasZ, let hasColon, let parts):
            return hasZ && offset == 0 ? "Z" : offsetText(hasColon: hasColon, parts: parts)
        case .fraction(let separator, let digits, let isTrimmed):
            return fraction(separator, digits: digits, isTrimmed: isTrimmed)
        }
    }

    private func offsetText(hasColon: Bool, parts: Int) -> String {
        let total = Int(offset.magnitude)
        let numbers = [total / 3600, total / 60 % 60, total % 60].prefix(parts)
        return (offset < 0 ? "-" : "+") + numbers.map { Self.pad($0, 2) }.joined(separator: hasColon ? ":" : "")
    }

    private var zoneName: String {
        guard zone.isEmpty else { return zone }
        let minutes = Int(offset.magnitude) / 60
        return (offset < 0 ? "-" : "+") + Self.pad(minutes / 60, 2) + Self.pad(minutes % 60, 2)
    }

    private func fraction(_ separator: Character, digits: Int, isTrimmed: Bool) -> String {
        var text = String(Self.pad(Int(nanoseconds), 9).prefix(digits))
        if text.utf8.count < digits { text += String(repeating: "0", count: digits - text.utf8.count) }
        if isTrimmed {
            while text.hasSuffix("0") { text.removeLast() }
            if text.isEmpty { return "" }
        }
        return String(separator) + text
    }

    private static func pad(_ value: Int, _ width: Int, with fill: Character = "0") -> String {
        let digits = String(value.magnitude)
        return (value < 0 ? "-" : "") + String(repeating: fill, count: max(0, width - digits.utf8.count)) + digits
    }
}
