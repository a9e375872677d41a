/// FNV-1a, 64 bits: a quick hash that says nothing about security.
///
/// Source: <http://www.isthe.com/chongo/tech/comp/fnv/>.
public struct FNV64: Sendable, Hashable {
    /// The hash of what was added so far.
    public private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    /// The hash of nothing.
    public init() {}

    /// The hash of some bytes.
    public static func hash(_ bytes: some Sequence<UInt8>) -> UInt64 {
        var hash = FNV64()
        hash.add(bytes)
        return hash.value
    }

    /// Adds a byte.
    @inlinable
    public mutating func add(_ byte: UInt8) { update(byte) }

    /// Adds bytes.
    public mutating func add(_ bytes: some Sequence<UInt8>) { for byte in bytes { update(byte) } }

    @usableFromInline
    mutating func update(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }
}
