import Foundation

/// A tree head, as <https://c2sp.org/tlog-checkpoint> has it: which log, how many entries, and the root over them.
public struct Checkpoint: Sendable, Hashable {
    /// The log's name, unique in the world.
    public let origin: String
    /// How many entries it had.
    public let size: UInt64
    /// The root over them.
    public let root: TreeHash

    /// A tree head.
    public init(origin: String, size: UInt64, root: TreeHash) {
        self.origin = origin
        self.size = size
        self.root = root
    }

    /// Reads the text of a note.
    ///
    /// - Throws: ``AuditError``.
    public init(text: [UInt8]) throws(AuditError) {
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 4, lines.last == "", !lines[0].isEmpty, let size = UInt64(lines[1]),
            String(size) == lines[1], let data = Data(base64Encoded: String(lines[2])), let root = TreeHash(data)
        else { throw .malformedNote("its text is not the origin, the size and the root of a log") }
        self.init(origin: String(lines[0]), size: size, root: root)
    }

    /// The text of the note.
    public var text: [UInt8] {
        Array("\(origin)\n\(size)\n\(Data(root.bytes).base64EncodedString())\n".utf8)
    }
}
