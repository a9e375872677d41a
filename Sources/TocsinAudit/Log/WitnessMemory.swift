import Foundation
import TocsinCore

/// What a witness has seen of each log, outside of Redis, so that an older state of Redis cannot take it back.
struct WitnessMemory: Codable, Sendable {
    /// A log as it was last seen.
    struct Seen: Codable, Sendable, Hashable {
        /// The keys that sign it.
        var keys: [String]
        var size: UInt64
        /// Base 16.
        var root: String
    }

    /// By origin.
    var logs: [String: Seen] = [:]
    /// The seed of the witness' own key, base 16.
    let seed: String

    /// Reads a file, or makes it with a new key.
    ///
    /// - Throws: ``AuditError`` if it is damaged or cannot be written.
    static func load(_ path: String) throws -> WitnessMemory {
        if let data = FileManager.default.contents(atPath: path) {
            guard let memory = try? JSONDecoder().decode(WitnessMemory.self, from: data),
                Hexadecimal.decode(memory.seed)?.count == 32
            else {
                throw AuditError(
                    code: "audit_witness_damaged",
                    message:
                        "\(path) is damaged: what this witness has seen is lost. Put a copy back, or remove the file "
                        + "and trust its new key")
            }
            return memory
        }
        let memory = WitnessMemory(seed: SignerKey.generate(name: "witness", kind: .cosignature).seed.reveal())
        try memory.save(path)
        return memory
    }

    /// Writes the file, which only its owner may read.
    func save(_ path: String) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted]
        let temporary = path + ".new"
        let files = FileManager.default
        do {
            try files.createDirectory(
                at: URL(fileURLWithPath: path).deletingLastPathComponent(), withIntermediateDirectories: true)
            guard
                files.createFile(
                    atPath: temporary, contents: try encoder.encode(self), attributes: [.posixPermissions: 0o600])
            else { throw CocoaError(.fileWriteNoPermission) }
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: temporary))
            try handle.synchronize()
            try handle.close()
            guard rename(temporary, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
        } catch {
            throw AuditError(
                code: "audit_witness_unwritable",
                message: "what this witness has seen cannot be written to \(path): \(error.localizedDescription)")
        }
    }
}
