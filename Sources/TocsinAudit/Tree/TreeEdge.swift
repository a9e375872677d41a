/// The right edge of a growing tree: all that is needed to add entries and to say the root.
public struct TreeEdge: Sendable {
    /// How many entries the tree has.
    public private(set) var size: UInt64
    /// The hashes of the tile that is not full yet, for each level.
    private var rows: [[TreeHash]]

    /// What entries have added to a tile.
    public struct Addition: Sendable {
        /// The tile; its width is that of a full one.
        public let tile: TileName
        /// The tile's length before, in bytes.
        public let offset: Int
        /// What is new behind that.
        public var bytes: [UInt8]
    }

    /// The edge of a tree without entries.
    public init() {
        size = 0
        rows = []
    }

    /// The edge of a tree whose tiles are kept.
    ///
    /// - Throws: ``AuditError`` if a tile is not as long as the size says.
    public init(size: UInt64, tiles: some TileSource) async throws {
        self.size = size
        rows = []
        var (count, level) = (size, 0)
        while count > 0 {
            let width = Int(count % TileName.width)
            let name = TileName(level: level, index: count / TileName.width, width: width)
            rows.append(width == 0 ? [] : try await tiles.hashes(name))
            (count, level) = (count / TileName.width, level + 1)
        }
    }

    /// The root of the tree.
    public var root: TreeHash {
        var root: TreeHash?
        for row in rows {
            var end = row.count
            while end > 0 {
                let count = end & -end
                let part = TreeHash.root(of: row[end - count..<end])
                root = root.map { .node(part, $0) } ?? part
                end -= count
            }
        }
        return root ?? .empty
    }

    /// Adds entries.
    ///
    /// - Returns: What that adds to which tiles; of one tile in one piece.
    public mutating func add(_ entries: [[UInt8]]) -> [Addition] {
        var additions: [TileName: Addition] = [:]
        var order: [TileName] = []
        func note(_ tile: TileName, at offset: Int, _ write: (inout [UInt8]) -> Void) {
            if additions[tile] == nil {
                additions[tile] = Addition(tile: tile, offset: offset, bytes: [])
                order.append(tile)
            }
            if var addition = additions.removeValue(forKey: tile) {
                write(&addition.bytes)
                additions[tile] = addition
            }
        }
        for entry in entries {
            // The length of a tile of entries is known only to who keeps it.
            note(TileName(level: nil, index: size / TileName.width), at: -1) { EntryBundle.append(entry, to: &$0) }
            var (hash, level, place): (TreeHash, Int, UInt64) = (.leaf(entry), 0, size)
            while true {
                if rows.count == level { rows.append([]) }
                let tile = TileName(level: level, index: place / TileName.width)
                note(tile, at: rows[level].count * TreeHash.size) { $0 += hash.bytes }
                rows[level].append(hash)
                guard rows[level].count == TileName.width else { break }
                hash = TreeHash.root(of: rows[level][...])
                rows[level] = []
                (level, place) = (level + 1, place / TileName.width)
            }
            size += 1
        }
        return order.compactMap { additions[$0] }
    }
}
