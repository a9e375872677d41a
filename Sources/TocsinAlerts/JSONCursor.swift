/// Reads JSON (RFC 8259) from bytes, one value at a time, without building a tree.
///
/// It never repeats what it read in an error: a body is a tenant's data.
struct JSONCursor {
    private static let maximumDepth = 64

    private let bytes: UnsafeBufferPointer<UInt8>
    private let unescaped: UnescapedTexts
    private(set) var position = 0

    /// - Parameters:
    ///   - bytes: The text to read; it must stand for as long as the cursor is used.
    ///   - unescaped: Takes the texts that cannot be pointed at, because they hold escapes.
    init(_ bytes: UnsafeBufferPointer<UInt8>, unescaped: UnescapedTexts) {
        self.bytes = bytes
        self.unescaped = unescaped
    }

    private func invalid(_ what: String) -> AlertDecodingError {
        AlertDecodingError(.invalidJSON, "the body is not valid JSON: \(what)", at: position)
    }

    /// The next byte that is no white space, without taking it.
    mutating func peek() -> UInt8? {
        while position < bytes.count {
            switch bytes[position] {
            case 0x20, 0x0A, 0x0D, 0x09: position += 1
            case let byte: return byte
            }
        }
        return nil
    }

    /// Takes a byte if it is the next one that is no white space.
    mutating func take(_ wanted: Unicode.Scalar) -> Bool {
        guard peek() == UInt8(ascii: wanted) else { return false }
        position += 1
        return true
    }

    mutating func expect(_ wanted: Unicode.Scalar) throws(AlertDecodingError) {
        guard take(wanted) else { throw invalid("expected '\(wanted)'") }
    }

    /// Fails unless nothing but white space is left.
    mutating func expectEnd() throws(AlertDecodingError) {
        if peek() != nil { throw invalid("there is something behind its end") }
    }

    /// Takes `null` if it is next.
    mutating func takeNull() throws(AlertDecodingError) -> Bool {
        guard peek() == UInt8(ascii: "n") else { return false }
        try literal("null")
        return true
    }

    /// Goes through an object: calls back with each key, and the callback takes its value.
    mutating func object(
        _ member: (inout JSONCursor, JSONSpan) throws(AlertDecodingError) -> Void
    ) throws(AlertDecodingError) {
        try expect("{")
        if take("}") { return }
        repeat {
            guard peek() == UInt8(ascii: "\"") else { throw invalid("expected a name in quotes") }
            let name = try string()
            try expect(":")
            try member(&self, name)
        } while take(",")
        try expect("}")
    }

    /// Goes through an array: calls back at each element, and the callback takes it.
    mutating func array(
        _ element: (inout JSONCursor) throws(AlertDecodingError) -> Void
    ) throws(AlertDecodingError) {
        try expect("[")
        if take("]") { return }
        repeat { try element(&self) } while take(",")
        try expect("]")
    }

    /// Takes a string and answers where its text is; it is copied only if it holds escapes.
    mutating func string() throws(AlertDecodingError) -> JSONSpan {
        try expect("\"")
        let start = position
        var isASCII = true
        while true {
            position += plainBytes()
            guard position < bytes.count else { throw invalid("a string has no end") }
            switch bytes[position] {
            case UInt8(ascii: "\""):
                let span = JSONSpan(start: start, count: position - start, isUnescaped: false)
                guard isASCII || isUTF8(text(span)) else { throw invalid("a string is not UTF-8") }
                position += 1
                return span
            case UInt8(ascii: "\\"): return try escapedString(from: start)
            case 0..<0x20: throw invalid("a control character in a string must be escaped")
            case 0x80...:
                isASCII = false
                position += 1
            default: position += 1
            }
        }
    }

    /// The bytes of a text, for as long as the body stands and no further string is read.
    func text(_ span: JSONSpan) -> UnsafeBufferPointer<UInt8> {
        if !span.isUnescaped { return UnsafeBufferPointer(rebasing: bytes[span.start..<span.start + span.count]) }
        return UnsafeBufferPointer(start: unescaped.start + span.start, count: span.count)
    }

    /// Whether a text is this word.
    func isEqual(_ span: JSONSpan, _ word: StaticString) -> Bool {
        span.count == word.utf8CodeUnitCount && text(span).elementsEqual(word.asBytes)
    }

    /// How many bytes from here need no look of their own: eight at a time, as long as none of them is a quote, a
    /// backslash, a control character or not ASCII.
    ///
    /// Source of the tests: Bit Twiddling Hacks, "Determine if a word has a byte equal to n" and "less than n".
    private func plainBytes() -> Int {
        guard let base = bytes.baseAddress else { return 0 }
        let ones: UInt64 = 0x0101_0101_0101_0101
        let highs: UInt64 = 0x8080_8080_8080_8080
        var at = position
        while at + 8 <= bytes.count {
            let word = UInt64(littleEndian: UnsafeRawPointer(base + at).loadUnaligned(as: UInt64.self))
            let quote = word ^ (ones &* 0x22)
            let backslash = word ^ (ones &* 0x5C)
            var found = (quote &- ones) & ~quote
            found |= (backslash &- ones) & ~backslash
            found |= (word &- ones &* 0x20) & ~word
            found = (found | word) & highs
            if found != 0 { return at - position + found.trailingZeroBitCount / 8 }
            at += 8
        }
        return at - position
    }

    private func isUTF8(_ text: UnsafeBufferPointer<UInt8>) -> Bool { String(validating: text, as: UTF8.self) != nil }

    private mutating func escapedString(from start: Int) throws(AlertDecodingError) -> JSONSpan {
        var text = Array(bytes[start..<position])
        while position < bytes.count {
            let byte = bytes[position]
            position += 1
            switch byte {
            case UInt8(ascii: "\""):
                guard String(validating: text, as: UTF8.self) != nil else { throw invalid("a string is not UTF-8") }
                return unescaped.append(text)
            case UInt8(ascii: "\\"): try escape(into: &text)
            case 0..<0x20: throw invalid("a control character in a string must be escaped")
            default: text.append(byte)
            }
        }
        throw invalid("a string has no end")
    }

    private mutating func escape(into text: inout [UInt8]) throws(AlertDecodingError) {
        guard position < bytes.count else { throw invalid("a string has no end") }
        let byte = bytes[position]
        position += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
        case UInt8(ascii: "b"): text.append(0x08)
        case UInt8(ascii: "f"): text.append(0x0C)
        case UInt8(ascii: "n"): text.append(0x0A)
        case UInt8(ascii: "r"): text.append(0x0D)
        case UInt8(ascii: "t"): text.append(0x09)
        case UInt8(ascii: "u"):
            let unit = try hexadecimal()
            // As Go does: half a pair becomes the replacement character, because such text exists in the wild.
            text.append(contentsOf: String(try scalar(from: unit)).utf8)
        default: throw invalid("a string has an unknown escape")
        }
    }

    private mutating func scalar(from unit: UInt32) throws(AlertDecodingError) -> Unicode.Scalar {
        let replacement: Unicode.Scalar = "\u{FFFD}"
        guard (0xD800..<0xDC00).contains(unit) else { return Unicode.Scalar(unit) ?? replacement }
        guard position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
            bytes[position + 1] == UInt8(ascii: "u")
        else { return replacement }
        let before = position
        position += 2
        let low = try hexadecimal()
        guard (0xDC00..<0xE000).contains(low) else {
            position = before
            return replacement
        }
        return Unicode.Scalar(0x1_0000 + (unit - 0xD800) << 10 + (low - 0xDC00)) ?? replacement
    }

    private mutating func hexadecimal() throws(AlertDecodingError) -> UInt32 {
        guard position + 4 <= bytes.count else { throw invalid("a string has no end") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = Character(Unicode.Scalar(bytes[position])).hexDigitValue, bytes[position] < 0x80 else {
                throw invalid("\\u needs four hexadecimal digits")
            }
            value = value << 4 | UInt32(digit)
            position += 1
        }
        return value
    }

    /// Takes any value and drops it.
    mutating func skip(depth: Int = 0) throws(AlertDecodingError) {
        guard depth < JSONCursor.maximumDepth else { throw invalid("it nests deeper than \(JSONCursor.maximumDepth)") }
        switch peek() {
        case UInt8(ascii: "{"):
            try object { (cursor, _) throws(AlertDecodingError) in try cursor.skip(depth: depth + 1) }
        case UInt8(ascii: "["): try array { (cursor) throws(AlertDecodingError) in try cursor.skip(depth: depth + 1) }
        case UInt8(ascii: "\""): _ = try string()
        case UInt8(ascii: "t"): try literal("true")
        case UInt8(ascii: "f"): try literal("false")
        case UInt8(ascii: "n"): try literal("null")
        case nil: throw invalid("it ends too early")
        case let byte? where byte == UInt8(ascii: "-") || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte):
            try number()
        default: throw invalid("expected a value")
        }
    }

    private mutating func literal(_ word: StaticString) throws(AlertDecodingError) {
        let length = word.utf8CodeUnitCount
        guard position + length <= bytes.count, (0..<length).allSatisfy({ bytes[position + $0] == word.utf8Start[$0] })
        else { throw invalid("expected a value") }
        position += length
    }

    private mutating func number() throws(AlertDecodingError) {
        _ = takeByte("-")
        guard takeByte("0") || digits() > 0 else { throw invalid("a number has no digits") }
        if takeByte(".") { guard digits() > 0 else { throw invalid("a number has no digits") } }
        if takeByte("e") || takeByte("E") {
            _ = takeByte("+") || takeByte("-")
            guard digits() > 0 else { throw invalid("a number has no digits") }
        }
    }

    private mutating func takeByte(_ wanted: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: wanted) else { return false }
        position += 1
        return true
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        return position - start
    }
}
