/// Where the files of a log are read from.
public protocol TileSource: Sendable {
    /// The newest signed tree head; `nil` if the log has none.
    func checkpoint() async throws -> [UInt8]?
    /// A tile's bytes, exactly as many as its width says; `nil` if there is no such tile, or a shorter one.
    ///
    /// A partial tile is the beginning of what there is.
    func tile(_ name: TileName) async throws -> [UInt8]?
    /// The newest tree heads that witnesses have signed as well, by their names.
    func cosigned() async throws -> [String: [UInt8]]
}

extension TileSource {
    /// The hashes of a tile.
    ///
    /// - Throws: ``AuditError`` if it is not there.
    func hashes(_ name: TileName) async throws -> [TreeHash] {
        guard let bytes = try await tile(name), bytes.count == name.width * TreeHash.size else {
            throw AuditError.tileMissing(name)
        }
        return stride(from: 0, to: bytes.count, by: TreeHash.size).compactMap {
            TreeHash(bytes[$0..<$0 + TreeHash.size])
        }
    }

    /// The entries of a tile of entries.
    ///
    /// - Throws: ``AuditError`` if it is not there, or damaged.
    func entries(_ name: TileName) async throws -> [[UInt8]] {
        guard let bytes = try await tile(name) else { throw AuditError.tileMissing(name) }
        guard let entries = EntryBundle.entries(of: bytes), entries.count == name.width else {
            throw AuditError.bundleDamaged(name)
        }
        return entries
    }
}
