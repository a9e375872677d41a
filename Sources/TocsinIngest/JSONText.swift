import NIOCore

/// Builds the small JSON texts of this module's answers.
struct JSONText {
    private(set) var buffer = ByteBuffer()
    private var needsComma = false

    /// An object, written by `body`.
    static func object(_ body: (inout JSONText) -> Void) -> ByteBuffer {
        var text = JSONText()
        text.object(body)
        return text.buffer
    }

    /// An object as the next element or as the value of the name that was written before.
    mutating func object(_ body: (inout JSONText) -> Void) { enclose("{", "}", body) }

    /// A list of objects.
    mutating func list<Element>(
        _ name: StaticString, of elements: some Sequence<Element>, _ body: (inout JSONText, Element) -> Void
    ) {
        write(name: name)
        enclose("[", "]") { text in
            for element in elements {
                text.separate()
                text.object { body(&$0, element) }
                text.needsComma = true
            }
        }
        needsComma = true
    }

    /// A member that is a text.
    mutating func member(_ name: StaticString, _ value: String) {
        write(name: name)
        write(quoted: value)
        needsComma = true
    }

    /// A member that is a number.
    mutating func member(_ name: StaticString, _ value: Int) {
        write(name: name)
        buffer.writeString(String(value))
        needsComma = true
    }

    private mutating func enclose(_ open: StaticString, _ close: StaticString, _ body: (inout JSONText) -> Void) {
        buffer.writeStaticString(open)
        needsComma = false
        body(&self)
        buffer.writeStaticString(close)
    }

    private mutating func write(name: StaticString) {
        separate()
        buffer.writeStaticString("\"")
        buffer.writeStaticString(name)
        buffer.writeStaticString("\":")
    }

    private mutating func separate() {
        if needsComma { buffer.writeStaticString(",") }
        needsComma = false
    }

    private mutating func write(quoted text: String) {
        buffer.writeStaticString("\"")
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): buffer.writeStaticString("\\\"")
            case UInt8(ascii: "\\"): buffer.writeStaticString("\\\\")
            case 0..<0x20:
                buffer.writeStaticString("\\u00")
                for digit in [byte >> 4, byte & 15] {
                    buffer.writeInteger(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
                }
            default: buffer.writeInteger(byte)
            }
        }
        buffer.writeStaticString("\"")
    }
}
