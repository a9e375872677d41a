/// Digits in groups, with single separators between these.
private struct DigitRun {
    private static let most = 32

    private(set) var digits: [UInt8] = []
    /// How many digits there are up to the end of each group, and where that is.
    private(set) var groups: [(count: Int, end: Int)] = []

    /// - Parameter separators: Which bytes may stand between groups, one at a time.
    init(_ scan: TextScan, from start: Int, separators: [UInt8]) {
        var position = start
        while digits.count < Self.most {
            if scan.isDigit(position) {
                digits.append(scan[position] - 0x30)
                position += 1
                if !scan.isDigit(position) { groups.append((digits.count, position)) }
            } else if separators.contains(scan[position]), scan.isDigit(position + 1) {
                position += 1
            } else {
                return
            }
        }
    }
}

/// Payment cards.
enum CardFinder {
    private static let separators: [UInt8] = [0x20, 0x2D]

    /// A number may stand behind a card's: the longest whole groups that are a card are one.
    static func find(_ scan: TextScan, _ start: Int) -> Int? {
        guard (0x32...0x36).contains(scan[start]), scan[start - 1] != 0x2E else { return nil }
        let run = DigitRun(scan, from: start, separators: separators)
        return run.groups.last { group in
            // Nobody has been given one of 13 digits for decades: too little to be told from two numbers.
            guard (13...19).contains(group.count), group.count > 13 || group.count == run.digits.count,
                !scan.isWord(group.end), !(scan[group.end] == 0x2E && scan.isDigit(group.end + 1))
            else { return false }
            let digits = run.digits.prefix(group.count)
            return isIssued(digits) && isLuhn(digits)
        }?.end
    }

    /// Whether a network has numbers of this length with this beginning.
    private static func isIssued(_ digits: ArraySlice<UInt8>) -> Bool {
        let four = digits.prefix(4).reduce(0) { $0 * 10 + Int($1) }
        let count = digits.count
        return switch four {
        case 4000...4999: [13, 16, 19].contains(count)
        case 5100...5599, 2221...2720: count == 16
        case 3400...3499, 3700...3799: count == 15
        case 3000...3059, 3600...3699, 3800...3999: count == 14
        case 3528...3589, 6011, 6440...6499, 6500...6599, 6200...6299: (16...19).contains(count)
        default: false
        }
    }

    /// ISO/IEC 7812-1, annex B.
    static func isLuhn(_ digits: some BidirectionalCollection<UInt8>) -> Bool {
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let value = Int(digit) * (place % 2 == 1 ? 2 : 1)
            sum += value > 9 ? value - 9 : value
        }
        return sum % 10 == 0
    }
}

/// Phone numbers.
enum PhoneFinder {
    private static let plus = UInt8(ascii: "+")

    static func find(_ scan: TextScan, _ start: Int) -> Int? {
        scan[start] == plus ? international(scan, start) : american(scan, start)
    }

    /// ITU-T E.164: a country code and at most 15 digits in all, with the separators that people write.
    private static func international(_ scan: TextScan, _ start: Int) -> Int? {
        guard scan.isDigit(start + 1), scan[start + 1] != 0x30 else { return nil }
        var (position, digits, last) = (start + 1, 0, start)
        var found: Int?
        while digits < 32 {
            if scan.isDigit(position) {
                // Another number may stand behind it, and nobody writes one digit alone at the end.
                let isAlone = last < position - 1
                (digits, last) = (digits + 1, position)
                if !scan.isDigit(position + 1), (8...15).contains(digits), !scan.isWord(position + 1),
                    !isAlone || found == nil
                {
                    found = position + 1
                }
            } else {
                let isSeparator = [0x20, 0x2D, 0x2E, 0x28, 0x29, 0x2F].contains(scan[position])
                guard isSeparator, position - last <= 2 else { break }
            }
            position += 1
        }
        return found
    }

    /// `(212) 555-0123`, `212-555-0123`, `212.555.0123`: area and exchange begin with 2 to 9.
    private static func american(_ scan: TextScan, _ start: Int) -> Int? {
        let isBracketed = scan[start] == UInt8(ascii: "(")
        var position = start + (isBracketed ? 1 : 0)
        func group(_ count: Int, from lowest: UInt8) -> Bool {
            guard scan[position] >= lowest, (0..<count).allSatisfy({ scan.isDigit(position + $0) }) else {
                return false
            }
            position += count
            return !scan.isDigit(position)
        }
        guard group(3, from: 0x32) else { return nil }
        var separator = scan[position]
        if isBracketed {
            guard separator == UInt8(ascii: ")") else { return nil }
            position += scan[position + 1] == 0x20 ? 2 : 1
            separator = 0
        } else {
            guard separator == 0x2D || separator == 0x2E else { return nil }
            position += 1
        }
        guard group(3, from: 0x32) else { return nil }
        guard [0x2D, 0x2E, 0x20].contains(scan[position]), separator == 0 || scan[position] == separator else {
            return nil
        }
        position += 1
        guard group(4, from: 0x30), !scan.isWord(position), scan[start - 1] != 0x2D, scan[position] != 0x2D else {
            return nil
        }
        return position
    }
}

/// Bank accounts.
enum IBANFinder {
    /// The length in each country that has them (ISO 13616, the registry of SWIFT).
    private static let lengths: [String: Int] = [
        "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28,
        "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18,
        "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22,
        "IL": 23, "IQ": 23, "IS": 26, "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20,
        "LU": 20, "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18,
        "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24,
        "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24,
        "XK": 20,
    ]

    static func find(_ scan: TextScan, _ start: Int) -> Int? {
        guard scan.isUpper(start + 1), scan.isDigit(start + 2), scan.isDigit(start + 3),
            let length = lengths[String(decoding: [scan[start], scan[start + 1]], as: UTF8.self)]
        else { return nil }
        var letters: [UInt8] = []
        var position = start
        while letters.count < length {
            if scan.isDigit(position) || scan.isUpper(position) {
                letters.append(scan[position])
            } else if scan[position] != 0x20 || letters.count % 4 != 0 {
                return nil
            }
            position += 1
        }
        return !scan.isWord(position) && isValid(letters) ? position : nil
    }

    /// ISO 7064, modulo 97-10: with the first four letters at the end and `A` as 10, the remainder is 1.
    private static func isValid(_ letters: [UInt8]) -> Bool {
        var remainder = 0
        for letter in letters[4...] + letters[..<4] {
            let value = letter < 0x3A ? Int(letter) - 0x30 : Int(letter) - 0x37
            remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
        }
        return remainder == 1
    }
}
