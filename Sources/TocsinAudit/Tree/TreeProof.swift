/// Checks of Merkle proofs, which need nothing but the proof.
///
/// The algorithms are those of RFC 9162, sections 2.1.3.2 and 2.1.4.2, which hold for the tree of RFC 6962 as well.
public enum TreeProof {
    /// Whether an entry is in a tree at this place.
    public static func includes(
        _ leaf: TreeHash, at index: UInt64, size: UInt64, proof: [TreeHash], root: TreeHash
    ) -> Bool {
        guard index < size else { return false }
        var (place, last, hash) = (index, size - 1, leaf)
        for part in proof {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                hash = .node(part, hash)
                while place & 1 == 0, place != 0 { (place, last) = (place >> 1, last >> 1) }
            } else {
                hash = .node(hash, part)
            }
            (place, last) = (place >> 1, last >> 1)
        }
        return last == 0 && hash == root
    }

    /// Whether a tree is an older one with entries added behind.
    public static func extends(
        _ old: (size: UInt64, root: TreeHash), to new: (size: UInt64, root: TreeHash), proof: [TreeHash]
    ) -> Bool {
        guard old.size <= new.size else { return false }
        if old.size == new.size { return proof.isEmpty && old.root == new.root }
        if old.size == 0 { return proof.isEmpty && old.root == .empty }
        let isWhole = old.size & (old.size - 1) == 0
        let path = isWhole ? [old.root] + proof : proof
        guard let first = path.first else { return false }
        var (place, last) = (old.size - 1, new.size - 1)
        while place & 1 == 1 { (place, last) = (place >> 1, last >> 1) }
        var (oldHash, newHash) = (first, first)
        for part in path.dropFirst() {
            guard last > 0 else { return false }
            if place & 1 == 1 || place == last {
                (oldHash, newHash) = (.node(part, oldHash), .node(part, newHash))
                while place & 1 == 0, place != 0 { (place, last) = (place >> 1, last >> 1) }
            } else {
                newHash = .node(newHash, part)
            }
            (place, last) = (place >> 1, last >> 1)
        }
        return last == 0 && oldHash == old.root && newHash == new.root
    }
}
