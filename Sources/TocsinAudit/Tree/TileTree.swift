/// A tree of a fixed size, read from its tiles as far as a question needs them.
public struct TileTree<Tiles: TileSource> {
    /// How many entries the tree has.
    public let size: UInt64
    private let tiles: Tiles
    private var known: [TileName: [TreeHash]] = [:]

    /// The tree of a size.
    public init(size: UInt64, tiles: Tiles) {
        self.size = size
        self.tiles = tiles
    }

    /// The root of the tree, or of the smaller tree that it was at a size.
    ///
    /// - Throws: ``AuditError`` if tiles are missing; what the source throws.
    public mutating func root(at size: UInt64? = nil) async throws -> TreeHash {
        let size = size ?? self.size
        return size == 0 ? .empty : try await hash(0, size)
    }

    /// The proof that an entry is in the tree: RFC 6962, section 2.1.1.
    ///
    /// - Throws: As ``root(at:)``.
    public mutating func inclusionProof(of index: UInt64) async throws -> [TreeHash] {
        guard index < size else { throw AuditError.noSuchEntry(index, size: size) }
        var (start, end, proof): (UInt64, UInt64, [TreeHash]) = (0, size, [])
        while end - start > 1 {
            let middle = start + Self.split(end - start)
            if index < middle {
                proof.append(try await hash(middle, end))
                end = middle
            } else {
                proof.append(try await hash(start, middle))
                start = middle
            }
        }
        return proof.reversed()
    }

    /// The proof that the tree is an older one with entries added behind: RFC 6962, section 2.1.2.
    ///
    /// - Throws: As ``root(at:)``.
    public mutating func consistencyProof(from old: UInt64) async throws -> [TreeHash] {
        guard old > 0, old < size else { return [] }
        var (start, end, proof): (UInt64, UInt64, [TreeHash]) = (0, size, [])
        while old != end {
            let middle = start + Self.split(end - start)
            if old <= middle {
                proof.append(try await hash(middle, end))
                end = middle
            } else {
                proof.append(try await hash(start, middle))
                start = middle
            }
        }
        if start > 0 { proof.append(try await hash(start, end)) }
        return proof.reversed()
    }

    /// The largest power of two that is smaller than a count, which is larger than 1.
    private static func split(_ count: UInt64) -> UInt64 {
        1 << (63 - UInt64((count - 1).leadingZeroBitCount))
    }

    /// The hash over the entries of a range.
    private mutating func hash(_ start: UInt64, _ end: UInt64) async throws -> TreeHash {
        let count = end - start
        if count & (count - 1) == 0, start % count == 0 {
            return try await whole(start, height: count.trailingZeroBitCount)
        }
        let middle = start + Self.split(count)
        let left = try await hash(start, middle)
        return .node(left, try await hash(middle, end))
    }

    /// The hash over 2^height entries, from hashes that a tile has.
    private mutating func whole(_ start: UInt64, height: Int) async throws -> TreeHash {
        let level = height / 8
        let place = start >> UInt64(8 * level)
        let row = try await row(level: level, index: place / TileName.width)
        let first = Int(place % TileName.width)
        return TreeHash.root(of: row[first..<first + 1 << (height % 8)])
    }

    private mutating func row(level: Int, index: UInt64) async throws -> [TreeHash] {
        let count = size >> UInt64(8 * level)
        let width = Int(min(TileName.width, count - index * TileName.width))
        let name = TileName(level: level, index: index, width: width)
        if let row = known[name] { return row }
        let row = try await tiles.hashes(name)
        known[name] = row
        return row
    }
}
