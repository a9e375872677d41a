extension RE2Parser {
    /// Reads what a backslash starts outside of a class.
    mutating func parseBackslash() throws(RE2Error) {
        switch peek(1).flatMap(Unicode.Scalar.init) {
        case "A":
            takePair(.assertion(.beginText))
        case "z":
            takePair(.assertion(.endText))
        case "b":
            takePair(.assertion(.wordBoundary))
        case "B":
            takePair(.assertion(.noWordBoundary))
        case "Q":
            parseQuotation()
        default:
            var characters = RE2CharacterClass()
            if try parseNamedClass(into: &characters) {
                characters.seal()
                push(tree.add(characters))
            } else {
                pushLiteral(try parseEscape())
            }
        }
    }

    /// Reads `\Q…\E`, or to the end of the pattern.
    private mutating func parseQuotation() {
        position += 2
        while let scalar = peek() {
            if isNext("\\"), isNext("E", at: 1) {
                position += 2
                return
            }
            position += 1
            pushLiteral(scalar)
        }
    }

    /// Reads an escape that stands for one scalar, inside of a class or outside.
    mutating func parseEscape() throws(RE2Error) -> UInt32 {
        let start = position
        guard let scalar = peek(1) else { throw RE2Error(reason: .trailingBackslash, fragment: "") }
        position += 2
        switch Unicode.Scalar(scalar) {
        case "a": return 0x07
        case "f": return 0x0C
        case "n": return 0x0A
        case "r": return 0x0D
        case "t": return 0x09
        case "v": return 0x0B
        case "x":
            if let value = parseHexadecimal() { return value }
        case "0":
            return parseOctal(first: 0)
        case "1", "2", "3", "4", "5", "6", "7":
            // One digit alone would be a reference to a group, which needs backtracking.
            if let next = peek(), (0x30...0x37).contains(next) { return parseOctal(first: scalar - 0x30) }
        default:
            if scalar < 0x80, !Self.isAlphanumeric(scalar) { return scalar }
        }
        throw error(.escape, from: start, to: position)
    }

    private mutating func parseOctal(first: UInt32) -> UInt32 {
        var value = first
        for _ in 0..<2 {
            guard let next = peek(), (0x30...0x37).contains(next) else { break }
            value = value * 8 + next - 0x30
            position += 1
        }
        return value
    }

    /// Reads `41` or `{10FFFF}`; on failure the position is behind what made it fail.
    private mutating func parseHexadecimal() -> UInt32? {
        guard let first = peek() else { return nil }
        position += 1
        guard first == Unicode.Scalar("{").value else {
            let second = peek()
            if second != nil { position += 1 }
            guard let high = Self.hexadecimal(first), let low = second.flatMap(Self.hexadecimal) else { return nil }
            return high * 16 + low
        }
        var value: UInt32?
        while let scalar = peek() {
            position += 1
            if scalar == Unicode.Scalar("}").value { return value }
            guard let digit = Self.hexadecimal(scalar) else { return nil }
            let next = (value ?? 0) * 16 + digit
            guard next <= ScalarRanges.maximumScalar else { return nil }
            value = next
        }
        return nil
    }

    private static func hexadecimal(_ scalar: UInt32) -> UInt32? {
        switch scalar {
        case 0x30...0x39: scalar - 0x30
        case 0x41...0x46: scalar - 0x41 + 10
        case 0x61...0x66: scalar - 0x61 + 10
        default: nil
        }
    }
}
