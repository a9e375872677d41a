/// Writes JSON (RFC 8259) in one pass.
public struct JSONWriter: Sendable {
    private static let hexadecimal = Array("0123456789abcdef".utf8)

    /// What was written.
    public private(set) var bytes: [UInt8] = []
    private var needsComma = false
    private let escapesHTML: Bool

    /// Starts with nothing.
    ///
    /// - Parameters:
    ///   - escapesHTML: Whether `<`, `>`, `&` and two line separators are escaped, as Go's `json.Marshal` does.
    ///   - capacity: How many bytes are likely to be written.
    public init(escapesHTML: Bool = false, capacity: Int = 1024) {
        self.escapesHTML = escapesHTML
        bytes.reserveCapacity(capacity)
    }

    /// Writes an object; the body writes its members.
    public mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        try enclose("{", "}", body)
    }

    /// Writes an array; the body writes its elements.
    public mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        try enclose("[", "]", body)
    }

    /// Writes a member's name; its value must follow.
    public mutating func name(_ name: String) {
        separate()
        quote(name)
        bytes.append(UInt8(ascii: ":"))
    }

    /// Writes a text.
    public mutating func value(_ text: String) {
        separate()
        quote(text)
        needsComma = true
    }

    /// Writes an integer.
    public mutating func value(_ number: some BinaryInteger) {
        separate()
        bytes.append(contentsOf: String(number).utf8)
        needsComma = true
    }

    /// Writes true or false.
    public mutating func value(_ flag: Bool) {
        separate()
        bytes.append(contentsOf: (flag ? "true" : "false").utf8)
        needsComma = true
    }

    /// Writes a value that is JSON already.
    public mutating func value(json: some Sequence<UInt8>) {
        separate()
        bytes.append(contentsOf: json)
        needsComma = true
    }

    /// Writes a member that is a text.
    public mutating func member(_ name: String, _ text: String) {
        self.name(name)
        value(text)
    }

    /// Writes a member that is an integer.
    public mutating func member(_ name: String, _ number: some BinaryInteger) {
        self.name(name)
        value(number)
    }

    /// Writes a member that is true or false.
    public mutating func member(_ name: String, _ flag: Bool) {
        self.name(name)
        value(flag)
    }

    /// Writes a member that is an object of texts.
    public mutating func member(_ name: String, _ labels: LabelSet) {
        self.name(name)
        object { writer in
            for label in labels.labels { writer.member(label.name, label.value) }
        }
    }

    private mutating func enclose(
        _ open: Unicode.Scalar, _ close: Unicode.Scalar, _ body: (inout JSONWriter) throws -> Void
    ) rethrows {
        separate()
        bytes.append(UInt8(ascii: open))
        needsComma = false
        try body(&self)
        bytes.append(UInt8(ascii: close))
        needsComma = true
    }

    private mutating func separate() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }

    private mutating func quote(_ text: String) {
        var text = text
        bytes.append(UInt8(ascii: "\""))
        text.withUTF8 { utf8 in
            // Most texts need no escape: they are copied as a whole.
            guard escapesHTML || !JSONWriter.isPlain(UnsafeRawBufferPointer(utf8)) else {
                bytes.append(contentsOf: utf8)
                return
            }
            var start = 0
            for (index, byte) in utf8.enumerated() where needsLook(byte) {
                bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start..<index]))
                quote(byte)
                start = index + 1
            }
            bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[start...]))
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Whether no byte is a control character, a quotation mark or a backslash; looks at eight at a time.
    ///
    /// A byte is zero if subtracting one borrows into a highest bit that was not set: Bit Twiddling Hacks, S. E. Anderson,
    /// "Determine if a word has a zero byte" and "a byte less than n".
    private static func isPlain(_ text: UnsafeRawBufferPointer) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        let tops: UInt64 = 0x8080_8080_8080_8080
        var found: UInt64 = 0
        var offset = 0
        while offset + 8 <= text.count {
            let word = text.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            let mark = word ^ (ones &* UInt64(UInt8(ascii: "\"")))
            let slash = word ^ (ones &* UInt64(UInt8(ascii: "\\")))
            found |= (word &- ones &* 0x20) & ~word
            found |= (mark &- ones) & ~mark
            found |= (slash &- ones) & ~slash
            offset += 8
        }
        guard found & tops == 0 else { return false }
        for byte in text[offset...] where byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") {
            return false
        }
        return true
    }

    private func needsLook(_ byte: UInt8) -> Bool {
        if byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return true }
        guard escapesHTML else { return false }
        return byte == UInt8(ascii: "<") || byte == UInt8(ascii: ">") || byte == UInt8(ascii: "&") || byte == 0xA8
            || byte == 0xA9
    }

    private mutating func quote(_ byte: UInt8) {
        switch byte {
        case UInt8(ascii: "\""): bytes.append(contentsOf: #"\""#.utf8)
        case UInt8(ascii: "\\"): bytes.append(contentsOf: #"\\"#.utf8)
        case 0x0A: bytes.append(contentsOf: #"\n"#.utf8)
        case 0x0D: bytes.append(contentsOf: #"\r"#.utf8)
        case 0x09: bytes.append(contentsOf: #"\t"#.utf8)
        case 0xA8, 0xA9:
            bytes.append(byte)
            escapeSeparator()
        default: escape(byte)
        }
    }

    private mutating func escape(_ byte: UInt8) {
        bytes.append(contentsOf: #"\u00"#.utf8)
        bytes.append(JSONWriter.hexadecimal[Int(byte >> 4)])
        bytes.append(JSONWriter.hexadecimal[Int(byte & 15)])
    }

    /// Escapes U+2028 or U+2029 if that was written last: E2 80 A8 or E2 80 A9.
    private mutating func escapeSeparator() {
        guard escapesHTML, let last = bytes.last, bytes.suffix(3).starts(with: [0xE2, 0x80]) else { return }
        bytes.removeLast(3)
        bytes.append(contentsOf: (last == 0xA8 ? #"\u2028"# : #"\u2029"#).utf8)
    }
}
