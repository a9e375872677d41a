/// Numbers that states give persons.
enum NationalIDFinder {
    static func find(_ scan: TextScan, _ start: Int) -> Int? {
        let end =
            scan.isDigit(start)
            ? social(scan, start) ?? dni(scan, start) ?? nir(scan, start)
            : insurance(scan, start) ?? fiscal(scan, start)
        guard let end, !scan.isWord(end), scan[end] != 0x2D || !scan.isWord(end + 1), scan[start - 1] != 0x2D else {
            return nil
        }
        return end
    }

    private static func number(_ scan: TextScan, _ range: Range<Int>) -> Int? {
        guard range.allSatisfy(scan.isDigit) else { return nil }
        return range.reduce(0) { $0 * 10 + Int(scan[$1]) - 0x30 }
    }

    /// US: area, group and serial number, of which none is zero and some areas are nobody's (SSA, 20 CFR 422.103).
    private static func social(_ scan: TextScan, _ start: Int) -> Int? {
        guard scan[start + 3] == 0x2D, scan[start + 6] == 0x2D, let area = number(scan, start..<start + 3),
            let group = number(scan, start + 4..<start + 6), let serial = number(scan, start + 7..<start + 11),
            (1...899).contains(area), area != 666, group > 0, serial > 0
        else { return nil }
        return start + 11
    }

    /// Spain: eight digits and the letter of their remainder by 23.
    private static func dni(_ scan: TextScan, _ start: Int) -> Int? {
        let letters: [UInt8] = Array("TRWAGMYFPDXBNJZSQVHLCKE".utf8)
        guard let value = number(scan, start..<start + 8) else { return nil }
        let end = start + (scan[start + 8] == 0x2D ? 9 : 8)
        return scan[end] == letters[value % 23] ? end + 1 : nil
    }

    /// France: thirteen digits and 97 less their remainder, with or without the blanks of its printed form.
    private static func nir(_ scan: TextScan, _ start: Int) -> Int? {
        guard scan[start] == 0x31 || scan[start] == 0x32 else { return nil }
        var (digits, position): ([Int], Int) = ([], start)
        while digits.count < 15 {
            if scan.isDigit(position) {
                digits.append(Int(scan[position]) - 0x30)
            } else if scan[position] != 0x20 || ![1, 3, 5, 7, 10, 13].contains(digits.count) {
                return nil
            }
            position += 1
        }
        let (body, key) = (digits[..<13].reduce(0) { $0 * 10 + $1 }, digits[13] * 10 + digits[14])
        guard (1...12).contains(digits[3] * 10 + digits[4]) || digits[3] >= 2, key == 97 - body % 97 else { return nil }
        return position
    }

    /// UK: two letters, six digits, `A` to `D` (HMRC, NIM39110), with or without blanks between pairs.
    private static func insurance(_ scan: TextScan, _ start: Int) -> Int? {
        let (first, second) = (scan[start], scan[start + 1])
        guard scan.isUpper(start + 1), !"DFIQUV".utf8.contains(first), !"DFIQUVO".utf8.contains(second),
            !["BG", "GB", "KN", "NK", "NT", "TN", "ZZ"].contains(String(decoding: [first, second], as: UTF8.self))
        else { return nil }
        var (position, digits) = (start + 2, 0)
        while digits < 6 {
            if scan.isDigit(position) {
                digits += 1
            } else if scan[position] != 0x20 || digits % 2 != 0 || scan[position - 1] == 0x20 {
                return nil
            }
            position += 1
        }
        if scan[position] == 0x20 { position += 1 }
        return "ABCD".utf8.contains(scan[position]) ? position + 1 : nil
    }

    /// Italy: sixteen letters and digits, the last one the check (DM 12 March 1974).
    private static func fiscal(_ scan: TextScan, _ start: Int) -> Int? {
        let shape: [Character] = Array("AAAAAA00A00A000A")
        for (offset, kind) in shape.enumerated() {
            guard kind == "A" ? scan.isUpper(start + offset) : scan.isDigit(start + offset) else { return nil }
        }
        let odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23]
        var sum = 0
        for offset in 0..<15 {
            let letter = Int(scan[start + offset])
            let value = letter < 0x3A ? letter - 0x30 : letter - 0x41
            sum += offset % 2 == 0 ? odd[value] : value
        }
        return Int(scan[start + 15]) - 0x41 == sum % 26 ? start + 16 : nil
    }
}
