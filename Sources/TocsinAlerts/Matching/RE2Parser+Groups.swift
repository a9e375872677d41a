extension RE2Parser {
    /// Reads `(`, `(?:`, `(?P<name>`, `(?<name>` or flags such as `(?i)` and `(?s-i:`.
    mutating func parseGroup() throws(RE2Error) {
        guard isNext("?", at: 1) else {
            position += 1
            openFrame(captures: true, outerFlags: flags)
            return
        }
        if isNext("P", at: 2), isNext("<", at: 3), peek(4) != nil { return try parseNamedGroup(nameOffset: 4) }
        if isNext("<", at: 2), peek(3) != nil { return try parseNamedGroup(nameOffset: 3) }
        try parseFlags()
    }

    private mutating func parseNamedGroup(nameOffset: Int) throws(RE2Error) {
        guard let end = source[position...].firstIndex(of: Unicode.Scalar(">").value) else {
            throw error(.groupName, from: position)
        }
        let name = source[(position + nameOffset)..<end]
        guard !name.isEmpty, name.allSatisfy({ $0 == 0x5F || Self.isAlphanumeric($0) }) else {
            throw error(.groupName, from: position, to: end + 1)
        }
        let text = text(from: position + nameOffset, to: end)
        position = end + 1
        openFrame(captures: true, name: text, outerFlags: flags)
    }

    private mutating func parseFlags() throws(RE2Error) {
        let start = position
        var new = flags
        var value = true
        var sawFlag = false
        position += 2
        while let scalar = peek() {
            position += 1
            switch Unicode.Scalar(scalar) {
            case "i":
                new.foldsCase = value
            case "m":
                new.isMultiLine = value
            case "s":
                new.dotMatchesNewline = value
            case "U":
                new.prefersFew = value
            case "-" where value:
                value = false
                sawFlag = false
                continue
            case ":" where value || sawFlag:
                openFrame(captures: false, outerFlags: flags)
                flags = new
                return
            case ")" where value || sawFlag:
                flags = new
                return
            default:
                throw error(.perlSyntax, from: start, to: position)
            }
            sawFlag = true
        }
        throw error(.perlSyntax, from: start)
    }

    static func isAlphanumeric(_ scalar: UInt32) -> Bool {
        (0x30...0x39).contains(scalar) || (0x41...0x5A).contains(scalar) || (0x61...0x7A).contains(scalar)
    }
}
