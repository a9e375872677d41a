/// The scalars of well-formed UTF-8, one after the other.
struct UTF8Scalars {
    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    /// The next scalar, or `nil` at the end; a sequence that is cut off ends the text.
    mutating func next() -> UInt32? {
        guard position < bytes.count else { return nil }
        let lead = UInt32(bytes[position])
        position += 1
        switch lead {
        case ..<0x80: return lead
        case ..<0xE0: return continued(lead & 0x1F, 1)
        case ..<0xF0: return continued(lead & 0x0F, 2)
        default: return continued(lead & 0x07, 3)
        }
    }

    private mutating func continued(_ bits: UInt32, _ count: Int) -> UInt32? {
        guard position + count <= bytes.count else {
            position = bytes.count
            return nil
        }
        var value = bits
        for _ in 0..<count {
            value = value << 6 | UInt32(bytes[position] & 0x3F)
            position += 1
        }
        return value
    }
}
