import Crypto

/// A hash of a Merkle tree: 32 bytes of SHA-256.
///
/// The tree is that of RFC 6962, section 2.1: `SHA-256(0x00 ‖ entry)` for a leaf, `SHA-256(0x01 ‖ left ‖ right)` for a node,
/// so that a node can not be taken for a leaf.
public struct TreeHash: Sendable, Hashable {
    /// The size of a hash in bytes.
    public static let size = 32
    /// The root of a tree without leaves.
    public static let empty = TreeHash(digest: SHA256.hash(data: []))

    /// The 32 bytes.
    public let bytes: [UInt8]

    /// Takes 32 bytes, or answers `nil`.
    public init?(_ bytes: some Collection<UInt8>) {
        guard bytes.count == Self.size else { return nil }
        self.bytes = Array(bytes)
    }

    private init(digest: SHA256.Digest) { bytes = Array(digest) }

    /// The hash of an entry.
    public static func leaf(_ entry: some Sequence<UInt8>) -> TreeHash {
        var hasher = SHA256()
        hasher.update(data: [0])
        hasher.update(data: Array(entry))
        return TreeHash(digest: hasher.finalize())
    }

    /// The hash over two subtrees.
    public static func node(_ left: TreeHash, _ right: TreeHash) -> TreeHash {
        var hasher = SHA256()
        hasher.update(data: [1])
        hasher.update(data: left.bytes)
        hasher.update(data: right.bytes)
        return TreeHash(digest: hasher.finalize())
    }

    /// The root over hashes of neighbouring subtrees of one size, of which there is a power of two.
    static func root(of row: ArraySlice<TreeHash>) -> TreeHash {
        var row = Array(row)
        while row.count > 1 {
            row = stride(from: 0, to: row.count, by: 2).map { node(row[$0], row[$0 + 1]) }
        }
        return row[0]
    }
}
