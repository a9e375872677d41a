import Foundation

/// A log's files in a directory, as an export has written them.
public struct DirectoryTiles: TileSource {
    private static let cosignedFolder = "cosigned"
    private let directory: URL

    /// The files in a directory.
    public init(_ path: String) { directory = URL(fileURLWithPath: path, isDirectory: true) }

    /// The newest signed tree head.
    public func checkpoint() async throws -> [UInt8]? { read("checkpoint") }

    /// A tile: of its own width, or the beginning of the full one.
    public func tile(_ name: TileName) async throws -> [UInt8]? {
        if let bytes = read(name.path) { return bytes }
        guard name.width < TileName.width, let bytes = read(TileName(level: name.level, index: name.index).path) else {
            return nil
        }
        return EntryBundle.beginning(of: bytes, name)
    }

    /// The newest tree heads that witnesses have signed as well.
    public func cosigned() async throws -> [String: [UInt8]] {
        let folder = directory.appendingPathComponent(Self.cosignedFolder)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return Dictionary(
            names.compactMap { name in read("\(Self.cosignedFolder)/\(name)").map { (name, $0) } },
            uniquingKeysWith: { $1 })
    }

    /// Copies what of a log is not here yet.
    ///
    /// The tree head is written last, so that a copy that is cut short is an older copy. A log that is not what is here with
    /// entries added behind is not copied: an older state or another history would take the place of the true one.
    ///
    /// - Parameters:
    ///   - source: The log.
    ///   - first: The first entry that the source still has.
    ///   - progress: Is told how many of how many files are here.
    /// - Returns: The size of the tree that is here now.
    /// - Throws: ``AuditError``; what the source or the disk fails with.
    public func copy(
        _ source: some TileSource, first: UInt64 = 0, progress: (Int, Int) -> Void = { _, _ in }
    ) async throws -> UInt64 {
        guard let note = try await source.checkpoint() else { return 0 }
        let head = try Checkpoint(text: try SignedNote(note).text)
        try await check(head, of: source, first: first)
        let names = TileName.all(size: head.size)
        var written: Set<TileName> = []
        for (count, name) in names.enumerated() {
            progress(count + 1, names.count)
            if name.width == TileName.width, exists(name.path) { continue }
            // What has been forgotten on purpose is no loss here.
            if name.level ?? 0 == 0, (name.index + 1) * TileName.width <= first { continue }
            guard let bytes = try await source.tile(name) else { throw AuditError.tileMissing(name) }
            try write(bytes, to: name.path)
            written.insert(name)
        }
        for (witness, note) in try await source.cosigned() where VerifierKey.isName(witness) {
            try write(note, to: "\(Self.cosignedFolder)/\(witness.replacing("/", with: "_"))")
        }
        try write(note, to: "checkpoint")
        for name in names where written.contains(name) { removeOutgrown(name) }
        return head.size
    }

    /// Sees that a log is what is here, with entries added behind.
    private func check(_ head: Checkpoint, of source: some TileSource, first: UInt64) async throws {
        guard let note = read("checkpoint") else { return }
        let old = try Checkpoint(text: try SignedNote(note).text)
        guard old.origin == head.origin else { throw AuditError.anotherLog(old.origin, head.origin) }
        guard old.size <= head.size else { throw AuditError.rolledBack(from: old.size, to: head.size) }
        guard old.size >= first else { throw AuditError.copyBehind(directory.path, old.size, first: first) }
        // Which hashes a proof is made of proves itself, so that those are taken from here that the log has forgotten.
        var tree = TileTree(size: head.size, tiles: EitherTiles(first: self, second: source))
        let proof = try await tree.consistencyProof(from: old.size)
        guard TreeProof.extends((old.size, old.root), to: (head.size, head.root), proof: proof) else {
            throw AuditError.forked(at: old.size, witness: "the copy in \(directory.path)")
        }
    }

    /// Removes the partial tiles that a tile has outgrown; only a head that is replaced by now needed them.
    private func removeOutgrown(_ name: TileName) {
        let partial = directory.appendingPathComponent(TileName(level: name.level, index: name.index).path + ".p")
        guard name.width < TileName.width else {
            try? FileManager.default.removeItem(at: partial)
            return
        }
        let widths = (try? FileManager.default.contentsOfDirectory(atPath: partial.path)) ?? []
        for width in widths where width != String(name.width) {
            try? FileManager.default.removeItem(at: partial.appendingPathComponent(width))
        }
    }

    private func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: directory.appendingPathComponent(path).path)
    }

    private func read(_ path: String) -> [UInt8]? {
        (try? Data(contentsOf: directory.appendingPathComponent(path))).map { Array($0) }
    }

    private func write(_ bytes: [UInt8], to path: String) throws {
        let file = directory.appendingPathComponent(path)
        do {
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(bytes).write(to: file, options: .atomic)
        } catch {
            throw AuditError(
                code: "audit_file_unwritable",
                message: "the file \(file.path) cannot be written: \(error.localizedDescription)")
        }
    }
}

/// The tiles of one source, and those of another that it has not.
private struct EitherTiles<First: TileSource, Second: TileSource>: TileSource {
    let first: First
    let second: Second

    func checkpoint() async throws -> [UInt8]? { try await second.checkpoint() }

    func tile(_ name: TileName) async throws -> [UInt8]? {
        if let bytes = try await first.tile(name) { return bytes }
        return try await second.tile(name)
    }

    func cosigned() async throws -> [String: [UInt8]] { try await second.cosigned() }
}

extension AuditError {
    fileprivate static func copyBehind(_ path: String, _ size: UInt64, first: UInt64) -> AuditError {
        AuditError(
            code: "audit_copy_behind",
            message:
                "the copy in \(path) has \(size) entries, and those before \(first) have left Redis since, so that it cannot "
                + "be continued: keep it, and begin another in a new directory")
    }
}
