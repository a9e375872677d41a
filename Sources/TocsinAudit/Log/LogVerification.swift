/// What a check of a whole log has found.
public struct LogReport: Sendable, Hashable {
    /// The log's origin.
    public var origin: String
    /// How many entries it has.
    public var size: UInt64
    /// The root over them.
    public var root: TreeHash
    /// The first entry that could be read; of those before it the hashes over each 256 were checked.
    public var firstEntry: UInt64
    /// Which of the given keys have signed the head.
    public var signers: [VerifierKey]
    /// The witnesses whose signed heads were found, and the sizes of those.
    public var witnesses: [String: UInt64]
}

/// Checks that a log is what its signed head says.
public enum LogVerification {
    /// Checks everything: signatures, every entry's hash, every tile, the root, and that older heads are of the same log.
    ///
    /// - Parameters:
    ///   - tiles: The log's files.
    ///   - keys: The keys that may have signed its head.
    ///   - first: The first entry that has to be there; those before it may have been forgotten.
    ///   - older: Heads of the same log that were seen before, as signed notes.
    ///   - progress: Is told how many of how many entries have been checked.
    /// - Returns: What was found; `nil` if the log has no entries and none were seen before.
    /// - Throws: ``AuditError`` for the first thing that is wrong.
    public static func verify(
        _ tiles: some TileSource, keys: [VerifierKey], firstEntry first: UInt64 = 0, older: [[UInt8]] = [],
        progress: (UInt64, UInt64) -> Void = { _, _ in }
    ) async throws -> LogReport? {
        guard let bytes = try await tiles.checkpoint() else {
            guard older.isEmpty else { throw AuditError.rolledBack(from: try head(older[0]).size, to: 0) }
            return nil
        }
        let note = try SignedNote(bytes)
        let head = try Checkpoint(text: note.text)
        let signers = try note.signers(among: keys)
        guard signers.contains(where: { $0.kind == .note && $0.name == head.origin }) else {
            throw AuditError.noSignature
        }
        try await checkTiles(tiles, head: head, first: first, progress: progress)
        var tree = TileTree(size: head.size, tiles: tiles)
        guard try await tree.root() == head.root else { throw AuditError.rootDiffers(head) }
        for note in older { try await check(try self.head(note), isBefore: head, in: &tree, witness: nil) }
        var witnesses: [String: UInt64] = [:]
        for (name, note) in try await tiles.cosigned() {
            let cosigned = try self.head(note)
            try await check(cosigned, isBefore: head, in: &tree, witness: name)
            witnesses[name] = cosigned.size
        }
        return LogReport(
            origin: head.origin, size: head.size, root: head.root, firstEntry: first / TileName.width * TileName.width,
            signers: signers, witnesses: witnesses)
    }

    private static func head(_ note: [UInt8]) throws(AuditError) -> Checkpoint {
        try Checkpoint(text: try SignedNote(note).text)
    }

    /// Checks that every entry has the hash that its tile says, and every tile above the root of the one below.
    private static func checkTiles(
        _ tiles: some TileSource, head: Checkpoint, first: UInt64, progress: (UInt64, UInt64) -> Void
    ) async throws {
        var (count, level) = (head.size, 0)
        // The roots of the tiles of the level below, as far as those are kept.
        var below: [UInt64: TreeHash] = [:]
        while count > 0 {
            var roots: [UInt64: TreeHash] = [:]
            for name in TileName.row(level, count: count) {
                let isForgotten = level == 0 && (name.index + 1) * TileName.width <= first
                guard !isForgotten else { continue }
                let hashes = try await tiles.hashes(name)
                if level == 0 {
                    try await checkEntries(tiles, name, hashes)
                    progress(min(head.size, (name.index + 1) * TileName.width), head.size)
                } else {
                    let start = name.index * TileName.width
                    for (place, hash) in hashes.enumerated() {
                        guard below[start + UInt64(place)] ?? hash == hash else { throw AuditError.tileDiffers(name) }
                    }
                }
                if name.width == TileName.width { roots[name.index] = TreeHash.root(of: hashes[...]) }
            }
            below = roots
            (count, level) = (count / TileName.width, level + 1)
        }
    }

    private static func checkEntries(
        _ tiles: some TileSource, _ name: TileName, _ hashes: [TreeHash]
    ) async throws {
        let entries = try await tiles.entries(TileName(level: nil, index: name.index, width: name.width))
        for (place, entry) in entries.enumerated() where TreeHash.leaf(entry) != hashes[place] {
            throw AuditError.entryDiffers(name.index * TileName.width + UInt64(place))
        }
    }

    private static func check<Tiles: TileSource>(
        _ old: Checkpoint, isBefore head: Checkpoint, in tree: inout TileTree<Tiles>, witness: String?
    ) async throws {
        guard old.origin == head.origin else { throw AuditError.anotherLog(old.origin, head.origin) }
        guard old.size <= head.size else { throw AuditError.rolledBack(from: old.size, to: head.size) }
        let root = try await tree.root(at: old.size)
        guard root == old.root else { throw AuditError.forked(at: old.size, witness: witness) }
    }
}

extension AuditError {
    static func rolledBack(from old: UInt64, to new: UInt64) -> AuditError {
        AuditError(
            code: "audit_rolled_back",
            message:
                "the log had \(old) entries and has \(new) now: an older state was put back, or its end was cut off")
    }

    static func forked(at size: UInt64, witness: String?) -> AuditError {
        AuditError(
            code: "audit_forked",
            message:
                "the first \(size) entries are not those that \(witness ?? "the older checkpoint") was shown: the log "
                + "has two histories, or its past was rewritten")
    }

    static func rootDiffers(_ head: Checkpoint) -> AuditError {
        AuditError(
            code: "audit_root_differs",
            message: "the hashes of the \(head.size) entries do not lead to the root that was signed: entries were "
                + "changed, left out or reordered, and their hashes with them")
    }

    static func entryDiffers(_ index: UInt64) -> AuditError {
        AuditError(
            code: "audit_entry_differs",
            message: "entry \(index) does not have the hash that the tree has for it: it was changed or reordered")
    }

    static func tileDiffers(_ name: TileName) -> AuditError {
        AuditError(
            code: "audit_tile_differs", message: "the file \(name.path) does not follow from the hashes below it")
    }

    static func anotherLog(_ old: String, _ new: String) -> AuditError {
        AuditError(
            code: "audit_another_log", message: "the checkpoint is of the log \(old), and this is the log \(new)")
    }
}
