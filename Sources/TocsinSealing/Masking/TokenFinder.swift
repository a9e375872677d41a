/// Secrets that can be told by how they begin.
enum TokenFinder {
    private struct Form {
        let prefix: StaticString
        let letters: Letters
        let count: ClosedRange<Int>
    }

    private enum Letters {
        case upper
        case alphanumeric
        case word
        case hexadecimal

        func contains(_ byte: UInt8) -> Bool {
            switch byte {
            case 0x30...0x39: true
            case 0x41...0x5A: self != .hexadecimal || byte <= 0x46
            case 0x61...0x7A: self == .hexadecimal ? byte <= 0x66 : self != .upper
            case UInt8(ascii: "_"), UInt8(ascii: "-"): self == .word
            default: false
            }
        }
    }

    /// As their vendors document them, by GitHub's list of secret scanning patterns.
    private static let forms: [Form] = [
        Form(prefix: "AKIA", letters: .upper, count: 16...16), Form(prefix: "ASIA", letters: .upper, count: 16...16),
        Form(prefix: "ghp_", letters: .alphanumeric, count: 36...251),
        Form(prefix: "gho_", letters: .alphanumeric, count: 36...251),
        Form(prefix: "ghu_", letters: .alphanumeric, count: 36...251),
        Form(prefix: "ghs_", letters: .alphanumeric, count: 36...251),
        Form(prefix: "ghr_", letters: .alphanumeric, count: 36...251),
        Form(prefix: "github_pat_", letters: .word, count: 82...251),
        Form(prefix: "glpat-", letters: .word, count: 20...300),
        Form(prefix: "xoxb-", letters: .word, count: 20...250), Form(prefix: "xoxp-", letters: .word, count: 20...250),
        Form(prefix: "xoxa-", letters: .word, count: 20...250), Form(prefix: "xoxs-", letters: .word, count: 20...250),
        Form(prefix: "xapp-", letters: .word, count: 20...250),
        Form(prefix: "sk_live_", letters: .alphanumeric, count: 24...247),
        Form(prefix: "rk_live_", letters: .alphanumeric, count: 24...247),
        Form(prefix: "whsec_", letters: .alphanumeric, count: 32...100),
        Form(prefix: "AIza", letters: .word, count: 35...35),
        Form(prefix: "npm_", letters: .alphanumeric, count: 36...36),
        Form(prefix: "pypi-AgEI", letters: .word, count: 50...300),
        Form(prefix: "dop_v1_", letters: .hexadecimal, count: 64...64),
        Form(prefix: "shpat_", letters: .hexadecimal, count: 32...32),
        Form(prefix: "hvs.", letters: .word, count: 24...200),
        Form(prefix: "hvb.", letters: .word, count: 100...300),
        Form(prefix: "sk-ant-", letters: .word, count: 80...200),
        Form(prefix: "dckr_pat_", letters: .word, count: 27...27),
        Form(prefix: "lin_api_", letters: .alphanumeric, count: 40...40),
        Form(prefix: "AGE-SECRET-KEY-1", letters: .upper, count: 58...58),
    ]

    /// The forms by the byte that they begin with.
    private static let byFirst: [[Form]] = (0...255).map { byte in forms.filter { $0.prefix.utf8Start.pointee == byte }
    }

    static func find(_ scan: TextScan, _ start: Int) -> Int? {
        for form in byFirst[Int(scan[start])] where scan.has(form.prefix, at: start) {
            let body = start + form.prefix.utf8CodeUnitCount
            let length = scan.length(from: body, most: form.count.upperBound + 1, while: form.letters.contains)
            if form.count.contains(length), !scan.isWord(body + length) { return body + length }
        }
        return ours(scan, start) ?? sendGrid(scan, start)
    }

    /// `tcs_<tenant>_<id>_<secret>`.
    private static func ours(_ scan: TextScan, _ start: Int) -> Int? {
        guard scan.has("tcs_", at: start) else { return nil }
        let length = scan.length(from: start, most: 256) { Letters.word.contains($0) || $0 == 0x2E }
        return length >= 84 ? start + length : nil
    }

    private static func sendGrid(_ scan: TextScan, _ start: Int) -> Int? {
        guard scan.has("SG.", at: start), scan[start + 25] == 0x2E else { return nil }
        let (first, second) = (start + 3, start + 26)
        guard scan.length(from: first, most: 22, while: Letters.word.contains) == 22,
            scan.length(from: second, most: 44, while: Letters.word.contains) == 43
        else { return nil }
        return second + 43
    }

    /// RFC 7515: three parts, or five of an encrypted one (RFC 7516), of which the first is an object (`{"` is `eyJ`).
    static func findJWT(_ scan: TextScan, _ start: Int) -> Int? {
        guard scan.has("eyJ", at: start) else { return nil }
        var ends: [Int] = []
        var position = start
        while ends.count < 5 {
            let length = scan.length(from: position, while: Letters.word.contains)
            guard length > 0 || !ends.isEmpty else { break }
            ends.append(position + length)
            guard scan[position + length] == 0x2E, Letters.word.contains(scan[position + length + 1]) else { break }
            position += length + 1
        }
        guard ends.count >= 3, ends[0] - start >= 12, ends[2] - ends[1] > 16 else { return nil }
        return ends.count == 5 ? ends[4] : ends[2]
    }

    /// RFC 7468: to the line that ends it, or to the text's end if that was cut off.
    static func findPEM(_ scan: TextScan, _ start: Int) -> Int? {
        guard scan.has("-----BEGIN ", at: start) else { return nil }
        let name = scan.length(from: start + 11, most: 40) { $0 == 0x20 || (0x41...0x5A).contains($0) }
        guard scan.has("-----", at: start + 11 + name), scan.has("PRIVATE KEY", at: start + name) else { return nil }
        var position = start + 16 + name
        while position < scan.count, !scan.has("-----END ", at: position) { position += 1 }
        guard position < scan.count else { return scan.count }
        let rest = scan.length(from: position + 9, most: 40) { $0 != 0x2D }
        return min(scan.count, position + 14 + rest)
    }
}
