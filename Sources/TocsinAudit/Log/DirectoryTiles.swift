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
    /// The tree head is written last, so that a copy that is cut short is an older copy.
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
