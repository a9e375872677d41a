/// Writes the fields of a record one after another: LEB128 integers, length-prefixed bytes.
///
/// The format of everything Tocsin seals. It is positional: a record starts with a version byte of its own, and a reader
/// that does not know the version says so.
public struct RecordWriter {
    /// What has been written so far.
    public private(set) var bytes: [UInt8]

    /// An empty record with room for `capacity` bytes.
    public init(capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Appends one byte.
    public mutating func write(byte: UInt8) { bytes.append(byte) }

    /// Appends an unsigned integer in LEB128.
    public mutating func write(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    /// Appends a signed integer, zigzag-folded so that small negative numbers stay short.
    public mutating func write(signed value: Int64) {
        write(UInt64(bitPattern: (value << 1) ^ (value >> 63)))
    }

    /// Appends a time in milliseconds.
    public mutating func write(_ time: Timestamp) { write(signed: time.milliseconds) }

    /// Appends a length and a text.
    public mutating func write(_ text: String) {
        var text = text
        text.withUTF8 {
            write(UInt64($0.count))
            bytes.append(contentsOf: $0)
        }
    }

    /// Appends a length and the bytes of a text.
    public mutating func write(text: UnsafeBufferPointer<UInt8>) {
        write(UInt64(text.count))
        bytes.append(contentsOf: text)
    }

    /// Makes room for a count that is known only later: LEB128, padded to five bytes.
    public mutating func reserveCount() { bytes.append(contentsOf: [0x80, 0x80, 0x80, 0x80, 0]) }

    /// Fills in what ``reserveCount()`` made room for.
    ///
    /// - Parameters:
    ///   - count: Less than 2^35.
    ///   - offset: How many bytes stood before the room.
    public mutating func fillCount(_ count: Int, at offset: Int) {
        for place in 0..<5 {
            bytes[offset + place] = UInt8(truncatingIfNeeded: count >> (7 * place)) & 0x7F | (place < 4 ? 0x80 : 0)
        }
    }

    /// Appends a length and bytes.
    public mutating func write(_ blob: some Collection<UInt8>) {
        write(UInt64(blob.count))
        bytes.append(contentsOf: blob)
    }
}

/// Why a record could not be read.
public struct RecordError: CodedError, Hashable {
    /// `record_malformed`.
    public var code: String { "record_malformed" }
    /// What was expected and where, in bytes from the start.
    public let message: String

    /// A malformed record.
    public init(message: String) { self.message = message }
}

/// Reads back what ``RecordWriter`` wrote; never reads past the end, never trusts a length.
public struct RecordReader {
    private let bytes: [UInt8]
    private var position: Int

    /// Starts at the first byte.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
        position = 0
    }

    /// Whether everything has been read.
    public var isAtEnd: Bool { position == bytes.count }

    /// One byte.
    public mutating func readByte() throws(RecordError) -> UInt8 {
        guard position < bytes.count else { throw RecordError(message: "the record ends at byte \(position)") }
        defer { position += 1 }
        return bytes[position]
    }

    /// An unsigned integer in LEB128.
    public mutating func readUInt() throws(RecordError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            let byte = try readByte()
            guard shift < 63 || (shift == 63 && byte <= 1) else {
                throw RecordError(message: "an integer at byte \(position) is longer than 64 bits")
            }
            value |= UInt64(byte & 0x7F) << shift
            if byte & 0x80 == 0 { return value }
            shift += 7
        }
    }

    /// A count of things that each take at least one byte, so never more than what is left.
    public mutating func readCount() throws(RecordError) -> Int {
        let value = try readUInt()
        guard value <= UInt64(bytes.count - position) else {
            throw RecordError(message: "a count at byte \(position) is larger than the record")
        }
        return Int(value)
    }

    /// A zigzag-folded signed integer.
    public mutating func readInt() throws(RecordError) -> Int64 {
        let value = try readUInt()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// A time in milliseconds.
    public mutating func readTimestamp() throws(RecordError) -> Timestamp {
        Timestamp(milliseconds: try readInt())
    }

    /// Length-prefixed bytes.
    public mutating func readBytes() throws(RecordError) -> [UInt8] {
        let count = try readCount()
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    /// A length-prefixed text; bytes that are not UTF-8 are refused.
    public mutating func readString() throws(RecordError) -> String {
        let count = try readCount()
        let text = bytes.withUnsafeBufferPointer { bytes in
            let slice = UnsafeBufferPointer(rebasing: bytes[position..<position + count])
            // ASCII needs no proof, and decoding is much faster than validating.
            return slice.isASCII ? String(decoding: slice, as: UTF8.self) : String(validating: slice, as: UTF8.self)
        }
        guard let text else { throw RecordError(message: "a text at byte \(position) is not UTF-8") }
        position += count
        return text
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// Whether no byte has its highest bit set; looks at eight at a time.
    fileprivate var isASCII: Bool {
        let raw = UnsafeRawBufferPointer(self)
        var bits: UInt64 = 0
        var offset = 0
        while offset + 8 <= raw.count {
            bits |= raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        while offset < raw.count {
            bits |= UInt64(raw[offset])
            offset += 1
        }
        return bits & 0x8080_8080_8080_8080 == 0
    }
}
