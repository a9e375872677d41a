/// Writes floating-point numbers as Go's `strconv.FormatFloat` does, without loss.
enum GoFloat {
    /// The decimal digits of a number and where its point is: 0.digits × 10^point.
    private struct Decimal {
        var digits: [UInt8]
        var point: Int
    }

    /// - Parameters:
    ///   - format: `e`, `f` or `g`.
    ///   - precision: Digits behind the point, or significant ones for `g`; `nil` for as few as tell the number apart.
    static func format(_ value: Double, _ format: Character, precision: Int?) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value < 0 ? "-Inf" : "+Inf" }
        let sign = value.sign == .minus ? "-" : ""
        let magnitude = value.magnitude
        switch format {
        case "e": return sign + exponential(magnitude, precision)
        case "f": return sign + fixed(magnitude, precision)
        default: return sign + general(magnitude, precision)
        }
    }

    private static func exponential(_ value: Double, _ precision: Int?) -> String {
        var decimal = precision == nil ? shortest(value) : exact(value)
        if let precision { round(&decimal, to: precision + 1) }
        return exponential(decimal, precision ?? max(decimal.digits.count - 1, 0))
    }

    private static func exponential(_ decimal: Decimal, _ precision: Int) -> String {
        let first = decimal.digits.first.map { String(UnicodeScalar($0 + 48)) } ?? "0"
        let rest = text(decimal.digits.dropFirst().prefix(precision))
        let exponent = decimal.digits.isEmpty ? 0 : decimal.point - 1
        let fraction = precision > 0 ? "." + rest + String(repeating: "0", count: precision - rest.utf8.count) : ""
        let digits = String(exponent.magnitude)
        return first + fraction + (exponent < 0 ? "e-" : "e+") + (digits.utf8.count < 2 ? "0" : "") + digits
    }

    private static func fixed(_ value: Double, _ precision: Int?) -> String {
        var decimal = precision == nil ? shortest(value) : exact(value)
        if let precision { round(&decimal, to: decimal.point + precision) }
        return fixed(decimal, precision ?? max(decimal.digits.count - decimal.point, 0))
    }

    private static func fixed(_ decimal: Decimal, _ precision: Int) -> String {
        func digit(_ index: Int) -> UInt8 {
            decimal.digits.indices.contains(index) ? decimal.digits[index] + 48 : 48
        }
        var out: [UInt8] = decimal.point > 0 ? (0..<decimal.point).map(digit) : [48]
        if precision > 0 {
            out.append(UInt8(ascii: "."))
            out += (0..<precision).map { digit(decimal.point + $0) }
        }
        return String(decoding: out, as: UTF8.self)
    }

    private static func general(_ value: Double, _ precision: Int?) -> String {
        var decimal = precision == nil ? shortest(value) : exact(value)
        var limit = 6
        var digits = decimal.digits.count
        if let precision {
            digits = max(precision, 1)
            round(&decimal, to: digits)
            limit = digits
            if limit > decimal.digits.count, decimal.digits.count >= decimal.point { limit = decimal.digits.count }
        }
        let exponent = decimal.point - 1
        if exponent < -4 || exponent >= limit {
            return exponential(decimal, max(min(digits, decimal.digits.count) - 1, 0))
        }
        return fixed(decimal, max(decimal.digits.count - decimal.point, 0))
    }

    private static func text(_ digits: some Sequence<UInt8>) -> String {
        String(decoding: digits.map { $0 + 48 }, as: UTF8.self)
    }

    // MARK: - Digits

    /// The fewest digits that tell the number apart, which Swift's own description has.
    private static func shortest(_ value: Double) -> Decimal {
        guard value != 0 else { return Decimal(digits: [], point: 0) }
        let description = "\(value)"
        let parts = description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let exponent = parts.count > 1 ? Int(parts[1]) ?? 0 : 0
        let all = mantissa.joined().utf8.map { $0 - 48 }
        let leading = all.prefix { $0 == 0 }.count
        return trimmed(Decimal(digits: Array(all[leading...]), point: mantissa[0].utf8.count + exponent - leading))
    }

    /// All digits: a double is an integer times a power of two, and so a decimal that ends.
    private static func exact(_ value: Double) -> Decimal {
        guard value != 0 else { return Decimal(digits: [], point: 0) }
        let isSubnormal = value.exponentBitPattern == 0
        let mantissa = value.significandBitPattern | (isSubnormal ? 0 : 1 << 52)
        let exponent = Int(isSubnormal ? 1 : value.exponentBitPattern) - 1075
        var limbs: [UInt64] = [mantissa % 1_000_000_000, mantissa / 1_000_000_000]
        func multiply(by factor: UInt64) {
            var carry: UInt64 = 0
            for index in limbs.indices {
                let product = limbs[index] * factor + carry
                limbs[index] = product % 1_000_000_000
                carry = product / 1_000_000_000
            }
            while carry > 0 {
                limbs.append(carry % 1_000_000_000)
                carry /= 1_000_000_000
            }
        }
        // Times two, or for a negative exponent times five, which moves the point by one digit less.
        let factor: UInt64 = exponent < 0 ? 5 : 2
        for _ in 0..<exponent.magnitude { multiply(by: factor) }
        var digits: [UInt8] = []
        for limb in limbs.reversed() {
            let text = String(limb)
            digits += Array(repeating: 0, count: 9 - text.utf8.count) + text.utf8.map { $0 - 48 }
        }
        let leading = digits.prefix { $0 == 0 }.count
        let point = digits.count - leading + min(exponent, 0)
        return trimmed(Decimal(digits: Array(digits[leading...]), point: point))
    }

    private static func trimmed(_ decimal: Decimal) -> Decimal {
        var decimal = decimal
        while decimal.digits.last == 0 { decimal.digits.removeLast() }
        return decimal
    }

    /// Rounds to a number of digits, halves to the even digit.
    private static func round(_ decimal: inout Decimal, to count: Int) {
        guard count < decimal.digits.count else { return }
        guard count >= 0 else {
            decimal = Decimal(digits: [], point: 0)
            return
        }
        let next = decimal.digits[count]
        let isHalf = next == 5 && count + 1 == decimal.digits.count
        let isOdd = count > 0 && decimal.digits[count - 1] % 2 == 1
        decimal.digits.removeLast(decimal.digits.count - count)
        guard next > 5 || (next == 5 && (!isHalf || isOdd)) else {
            decimal = trimmed(decimal)
            return
        }
        while decimal.digits.last == 9 { decimal.digits.removeLast() }
        if decimal.digits.isEmpty {
            decimal.digits = [1]
            decimal.point += 1
        } else {
            decimal.digits[decimal.digits.count - 1] += 1
        }
    }
}
