extension TemplateLexer {
    // MARK: - Numbers

    mutating func lexNumber() -> Bool {
        guard scanNumber() else { return fail(badNumber) }
        if byte() == UInt8(ascii: "+") || byte() == UInt8(ascii: "-") {
            guard scanNumber(), bytes[position - 1] == UInt8(ascii: "i") else { return fail(badNumber) }
            emit(.complex)
        } else {
            emit(.number)
        }
        return true
    }

    private var badNumber: String {
        "bad number syntax: \"" + String(decoding: bytes[start..<position], as: UTF8.self) + "\""
    }

    private mutating func scanNumber() -> Bool {
        accept("+-")
        var digits: StaticString = "0123456789_"
        var isDecimal = true
        var isHexadecimal = false
        if accept("0") {
            if accept("xX") {
                digits = "0123456789abcdefABCDEF_"
                isDecimal = false
                isHexadecimal = true
            } else if accept("oO") {
                digits = "01234567_"
                isDecimal = false
            } else if accept("bB") {
                digits = "01_"
                isDecimal = false
            }
        }
        while accept(digits) {}
        if accept(".") { while accept(digits) {} }
        if (isDecimal && accept("eE")) || (isHexadecimal && accept("pP")) {
            accept("+-")
            while accept("0123456789_") {}
        }
        accept("i")
        if Self.isAlphanumeric(scalar(at: position).value) {
            position += scalar(at: position).width
            return false
        }
        return true
    }

    @discardableResult private mutating func accept(_ characters: StaticString) -> Bool {
        guard let next = byte(),
            characters.withUTF8Buffer({ $0.contains(next) })
        else { return false }
        position += 1
        return true
    }

    // MARK: - Characters

    mutating func skipAlphanumerics() {
        while Self.isAlphanumeric(scalar(at: position).value) { position += scalar(at: position).width }
    }

    func isAtTerminator() -> Bool {
        guard let next = byte() else { return true }
        switch next {
        case 0x20, 0x09, 0x0D, 0x0A, UInt8(ascii: "."), UInt8(ascii: ","), UInt8(ascii: "|"), UInt8(ascii: ":"),
            UInt8(ascii: "("), UInt8(ascii: ")"):
            return true
        default: return has("}}", at: position)
        }
    }

    func scalar(at place: Int) -> (value: Unicode.Scalar?, width: Int) {
        guard place < bytes.count else { return (nil, 0) }
        if bytes[place] < 0x80 { return (Unicode.Scalar(bytes[place]), 1) }
        let text = String(decoding: bytes[place..<min(place + 4, bytes.count)], as: UTF8.self)
        let first = text.unicodeScalars.first
        return (first, first.map { UTF8.width($0) } ?? 1)
    }

    static func isAlphanumeric(_ scalar: Unicode.Scalar?) -> Bool {
        guard let scalar else { return false }
        switch scalar {
        case "a"..."z", "A"..."Z", "0"..."9", "_": return true
        case _ where scalar.value < 0x80: return false
        default: break
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber:
            return true
        default: return false
        }
    }

    /// As Go's `%#U` shows a character.
    func describe(_ scalar: Unicode.Scalar?) -> String {
        guard let scalar else { return "U+FFFFFFFFFFFFFFFF" }
        let digits = String(scalar.value, radix: 16, uppercase: true)
        let code = "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
        return scalar.properties.generalCategory == .control ? code : "\(code) '\(scalar)'"
    }
}
