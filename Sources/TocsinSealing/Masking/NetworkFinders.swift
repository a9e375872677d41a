import TocsinCore

/// Mail addresses.
enum MailFinder {
    /// Less `/`, `=`, `?` and `&`: in texts about machines they stand between a name and its value.
    private static let locals: Set<UInt8> = Set("!#$%'*+-^_`{|}~.".utf8)

    /// An address around an `@` (RFC 5321, section 4.1.2, without quoted local parts and address literals).
    ///
    /// - Parameter limit: Where it may begin at the earliest.
    static func find(_ scan: TextScan, at middle: Int, after limit: Int) -> Range<Int>? {
        var start = middle
        while start > limit, middle - start < 64, isLocal(scan, start - 1) { start -= 1 }
        // What stands around an address in text is no part of it, nor is the rest of a letter that was cut at the limit.
        while start < middle, !isAlphanumeric(scan[start]), scan[start] < 0xC0 { start += 1 }
        guard start < middle, scan[middle - 1] != 0x2E else { return nil }
        var end = middle + 1
        var labels = 0
        var last = 0..<0
        while labels < 10 {
            let length = scan.length(from: end, most: 63) { isAlphanumeric($0) || $0 == 0x2D }
            guard length > 0, scan[end] != 0x2D, scan[end + length - 1] != 0x2D else { break }
            (last, labels) = (end..<end + length, labels + 1)
            guard scan[end + length] == 0x2E, isAlphanumeric(scan[end + length + 1]) else { break }
            end += length + 1
        }
        let isTop = last.count >= 2 && last.allSatisfy { !scan.isDigit($0) }
        return labels >= 2 && isTop && !scan.isWord(last.upperBound) ? start..<last.upperBound : nil
    }

    private static func isLocal(_ scan: TextScan, _ position: Int) -> Bool {
        scan.isWord(position) || locals.contains(scan[position])
    }

    private static func isAlphanumeric(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: true
        default: false
        }
    }
}

/// IP addresses.
enum AddressFinder {
    private static let longest = 39

    static func find(_ scan: TextScan, _ start: Int) -> Int? {
        version4(scan, start) ?? version6(scan, start)
    }

    private static func version4(_ scan: TextScan, _ start: Int) -> Int? {
        var position = start
        for part in 0..<4 {
            let length = scan.length(from: position, most: 4) { (0x30...0x39).contains($0) }
            guard (1...3).contains(length), length == 1 || scan[position] != 0x30 else { return nil }
            let value = (position..<position + length).reduce(0) { $0 * 10 + Int(scan[$1]) - 0x30 }
            guard value <= 255 else { return nil }
            position += length
            if part < 3 {
                guard scan[position] == 0x2E else { return nil }
                position += 1
            }
        }
        let goesOn = scan.isWord(position) || (scan[position] == 0x2E && scan.isDigit(position + 1))
        return goesOn || (scan[start - 1] == 0x2E && scan.isDigit(start - 2)) ? nil : position
    }

    private static func version6(_ scan: TextScan, _ start: Int) -> Int? {
        var colons = 0
        var length = scan.length(from: start, most: longest) { byte in
            if byte == 0x3A { colons += 1 }
            return byte == 0x3A || byte == 0x2E || isHexadecimal(byte)
        }
        guard colons >= 2 else { return nil }
        while length > 0, [0x3A, 0x2E].contains(scan[start + length - 1]), scan[start + length - 2] != 0x3A {
            length -= 1
        }
        let range = start..<start + length
        // Short ones are names with a scope in many languages.
        guard length >= 6, range.contains(where: scan.isDigit), !scan.isWord(range.upperBound),
            IPAddress(String(decoding: range.map { scan[$0] }, as: UTF8.self)) != nil
        else { return nil }
        return range.upperBound
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x30...0x39, 0x41...0x46, 0x61...0x66: true
        default: false
        }
    }
}
