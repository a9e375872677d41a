/// Reads moments by a layout: Go's `time.ParseInLocation` in UTC.
struct TimeReader {
    private var rest: Substring.UTF8View
    private var year = 0
    private var month = 1
    private var day = 1
    private var dayOfYear: Int?
    private var hour = 0
    private var minute = 0
    private var second = 0
    private var nanoseconds = 0
    private var isPM: Bool?
    private var offset: Int?
    private var zone: String?

    private init(_ text: String) { rest = Substring(text).utf8 }

    /// The moment, or `nil` if the text does not follow the layout or names a date that does not exist.
    static func read(_ text: String, layout: String) -> TemplateTime? {
        var reader = TimeReader(text)
        let elements = TimeLayout(layout).elements
        for (index, element) in elements.enumerated() {
            guard reader.read(element) else { return nil }
            // As in Go: a fraction may follow the seconds even if the layout has none.
            if element == .second || element == .zeroSecond {
                if index + 1 < elements.count, case .fraction = elements[index + 1] { continue }
                reader.readFraction()
            }
        }
        return reader.rest.isEmpty ? reader.time : nil
    }

    private var time: TemplateTime? {
        var hour = hour
        if let isPM {
            if isPM, hour < 12 { hour += 12 }
            if !isPM, hour == 12 { hour = 0 }
        }
        var days = CivilTime.days(year: year, month: month, day: day)
        if let dayOfYear {
            guard dayOfYear >= 1, dayOfYear <= (CivilTime.length(ofMonth: 2, year: year) == 29 ? 366 : 365) else {
                return nil
            }
            days = CivilTime.days(year: year, month: 1, day: 1) + dayOfYear - 1
        } else {
            guard day >= 1, day <= CivilTime.length(ofMonth: month, year: year) else { return nil }
        }
        let local = days * 86_400 + hour * 3600 + minute * 60 + second
        let known = zone == nil || zone == "UTC"
        return TemplateTime(
            seconds: Int64(local - (offset ?? 0)), nanoseconds: Int32(nanoseconds), offset: Int32(offset ?? 0),
            zone: offset ?? 0 == 0 && known ? "UTC" : zone ?? "")
    }

    private mutating func read(_ element: TimeLayout.Element) -> Bool {
        switch element {
        case .text(let text): return take(text)
        case .longYear: return number(4...4, 0...9999, into: \.year)
        case .year:
            guard number(2...2, 0...99, into: \.year) else { return false }
            year += year >= 69 ? 1900 : 2000
            return true
        case .longMonth: return name(1...12, TemplateTime.name(ofMonth:), isShort: false).map { month = $0 } != nil
        case .month: return name(1...12, TemplateTime.name(ofMonth:), isShort: true).map { month = $0 } != nil
        case .longWeekday: return name(0...6, TemplateTime.name(ofWeekday:), isShort: false) != nil
        case .weekday: return name(0...6, TemplateTime.name(ofWeekday:), isShort: true) != nil
        case .numberMonth: return number(1...2, 1...12, into: \.month)
        case .zeroMonth: return number(2...2, 1...12, into: \.month)
        case .day: return number(1...2, 0...31, into: \.day)
        case .zeroDay: return number(2...2, 0...31, into: \.day)
        case .spaceDay:
            _ = take(" ")
            return number(1...2, 0...31, into: \.day)
        case .zeroDayOfYear, .spaceDayOfYear:
            while element == .spaceDayOfYear, take(" ") {}
            var value = 0
            guard let digits = digits(element == .zeroDayOfYear ? 3...3 : 1...3) else { return false }
            value = digits
            dayOfYear = value
            return true
        case .hour: return number(1...2, 0...23, into: \.hour)
        case .hour12: return number(1...2, 0...12, into: \.hour)
        case .zeroHour12: return number(2...2, 0...12, into: \.hour)
        case .minute: return number(1...2, 0...59, into: \.minute)
        case .zeroMinute: return number(2...2, 0...59, into: \.minute)
        case .second: return number(1...2, 0...59, into: \.second)
        case .zeroSecond: return number(2...2, 0...59, into: \.second)
        case .upperPM: return readHalf("AM", "PM")
        case .lowerPM: return readHalf("am", "pm")
        case .zone: return readZone()
        case .offset(let hasZ, let hasColon, let parts): return readOffset(hasZ, hasColon, parts)
        case .fraction(_, let digits, let isTrimmed):
            if isTrimmed {
                readFraction()
                return true
            }
            return readFraction(exactly: digits)
        }
    }

    private mutating func take(_ text: String) -> Bool {
        guard rest.starts(with: text.utf8) else { return false }
        rest = rest.dropFirst(text.utf8.count)
        return true
    }

    private mutating func digits(_ count: ClosedRange<Int>) -> Int? {
        let found = rest.prefix(count.upperBound).prefix { (0x30...0x39).contains($0) }
        guard found.count >= count.lowerBound else { return nil }
        rest = rest.dropFirst(found.count)
        return found.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }

    private mutating func number(
        _ count: ClosedRange<Int>, _ range: ClosedRange<Int>, into member: WritableKeyPath<TimeReader, Int>
    ) -> Bool {
        guard let value = digits(count), range.contains(value) else { return false }
        self[keyPath: member] = value
        return true
    }

    /// Reads a name, in any case.
    private mutating func name(_ numbers: ClosedRange<Int>, _ name: (Int) -> String, isShort: Bool) -> Int? {
        for number in numbers {
            let wanted = isShort ? String(name(number).prefix(3)) : name(number)
            let found = String(decoding: rest.prefix(wanted.utf8.count), as: UTF8.self)
            if found.lowercased() == wanted.lowercased() {
                rest = rest.dropFirst(wanted.utf8.count)
                return number
            }
        }
        return nil
    }

    private mutating func readHalf(_ before: String, _ after: String) -> Bool {
        isPM = take(after)
        return isPM == true || take(before)
    }

    /// Reads a fraction of a second if there is one.
    private mutating func readFraction() {
        guard let separator = rest.first, separator == UInt8(ascii: ".") || separator == UInt8(ascii: ",") else {
            return
        }
        let count = rest.dropFirst().prefix { (0x30...0x39).contains($0) }.count
        if count > 0 { _ = readFraction(exactly: count) }
    }

    private mutating func readFraction(exactly count: Int) -> Bool {
        guard let separator = rest.first, separator == UInt8(ascii: ".") || separator == UInt8(ascii: ",") else {
            return false
        }
        let digits = rest.dropFirst().prefix(count)
        guard digits.count == count, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return false }
        nanoseconds = (digits.prefix(9) + Array(repeating: 0x30, count: max(0, 9 - count)))
            .reduce(0) { $0 * 10 + Int($1 - 0x30) }
        rest = rest.dropFirst(count + 1)
        return true
    }

    /// Reads the short name of a zone.
    ///
    /// Only UTC's offset is known; others are taken for UTC under another name, as in Go.
    private mutating func readZone() -> Bool {
        let letters = rest.prefix { (0x41...0x5A).contains($0) }
        guard (3...5).contains(letters.count) else { return false }
        zone = String(decoding: letters, as: UTF8.self)
        rest = rest.dropFirst(letters.count)
        return true
    }

    private mutating func readOffset(_ hasZ: Bool, _ hasColon: Bool, _ parts: Int) -> Bool {
        if hasZ, take("Z") {
            offset = 0
            return true
        }
        let isNegative = take("-")
        guard isNegative || take("+") else { return false }
        var total = 0
        for part in 0..<parts {
            if part > 0, hasColon, !take(":") { return false }
            guard let value = digits(2...2), value < (part == 0 ? 25 : 60) else { return false }
            total += value * [3600, 60, 1][part]
        }
        offset = isNegative ? -total : total
        return true
    }
}
