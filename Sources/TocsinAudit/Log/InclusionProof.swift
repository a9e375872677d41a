import Crypto
import Foundation

/// That an entry is in a log, in a file that can be checked far away: <https://c2sp.org/tlog-proof>.
///
/// Its `extra` line, which is for the application, holds the entry, and the key to its personal fields where they are shown.
public struct InclusionProof: Sendable {
    private static let title = "c2sp.org/tlog-proof@v1"

    private struct Extra: Codable {
        let entry: Data
        let key: Data?
    }

    /// The entry's bytes.
    public let entry: [UInt8]
    /// Its place in the log, from 0.
    public let index: UInt64
    let key: [UInt8]?
    private let hashes: [TreeHash]
    private let checkpoint: [UInt8]

    /// The proof of an entry.
    ///
    /// - Throws: ``AuditError`` if the log has no such entry.
    static func make(of index: UInt64, in tiles: some TileSource, key: [UInt8]?) async throws -> InclusionProof {
        guard let checkpoint = try await tiles.checkpoint() else { throw AuditError.noSuchEntry(index, size: 0) }
        let head = try Checkpoint(text: try SignedNote(checkpoint).text)
        var tree = TileTree(size: head.size, tiles: tiles)
        let hashes = try await tree.inclusionProof(of: index)
        let tile = index / TileName.width
        let width = Int(min(TileName.width, head.size - tile * TileName.width))
        let entries = try await tiles.entries(TileName(level: nil, index: tile, width: width))
        return InclusionProof(
            entry: entries[Int(index % TileName.width)], index: index, key: key, hashes: hashes, checkpoint: checkpoint)
    }

    private init(entry: [UInt8], index: UInt64, key: [UInt8]?, hashes: [TreeHash], checkpoint: [UInt8]) {
        (self.entry, self.index, self.key) = (entry, index, key)
        (self.hashes, self.checkpoint) = (hashes, checkpoint)
    }

    /// The file.
    public var bytes: [UInt8] {
        let extra = Extra(entry: Data(entry), key: key.map { Data($0) })
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let json = (try? encoder.encode(extra)) ?? Data()
        let lines =
            [Self.title, "extra \(json.base64EncodedString())", "index \(index)"]
            + hashes.map { Data($0.bytes).base64EncodedString() } + ["", ""]
        return Array(lines.joined(separator: "\n").utf8) + checkpoint
    }

    /// Reads a file.
    ///
    /// - Throws: ``AuditError``.
    public init(_ bytes: [UInt8]) throws(AuditError) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let border = text.range(of: "\n\n") else { throw .malformedProof("it has no empty line") }
        let lines = text[..<border.lowerBound].split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.count >= 3, lines[0] == Self.title else {
            throw .malformedProof("it does not begin with \(Self.title)")
        }
        guard lines[1].hasPrefix("extra "), let json = Data(base64Encoded: String(lines[1].dropFirst(6))),
            let extra = try? JSONDecoder().decode(Extra.self, from: json)
        else { throw .malformedProof("its second line does not hold the entry") }
        guard lines[2].hasPrefix("index "), let index = UInt64(lines[2].dropFirst(6)) else {
            throw .malformedProof("its third line does not say the entry's place")
        }
        var hashes: [TreeHash] = []
        for line in lines.dropFirst(3) {
            guard let data = Data(base64Encoded: String(line)), let hash = TreeHash(data), hashes.count < 64 else {
                throw .malformedProof("a line of it is no hash")
            }
            hashes.append(hash)
        }
        self.init(
            entry: Array(extra.entry), index: index, key: extra.key.map { Array($0) }, hashes: hashes,
            checkpoint: Array(text[border.upperBound...].utf8))
    }

    /// Checks the proof.
    ///
    /// - Parameter keys: The keys that are trusted: the log's, and those of witnesses.
    /// - Returns: The log's head, and which of the keys have signed it.
    /// - Throws: ``AuditError``.
    public func verify(_ keys: [VerifierKey]) throws(AuditError) -> (head: Checkpoint, signers: [VerifierKey]) {
        let note = try SignedNote(checkpoint)
        let head = try Checkpoint(text: note.text)
        let signers = try note.signers(among: keys)
        guard signers.contains(where: { $0.kind == .note && $0.name == head.origin }) else { throw .noSignature }
        guard TreeProof.includes(.leaf(entry), at: index, size: head.size, proof: hashes, root: head.root) else {
            throw AuditError(
                code: "audit_proof_wrong",
                message: "the proof does not lead from the entry to the signed root: one of them was changed")
        }
        return (head, signers)
    }

    /// What the entry knows of a person, if the proof shows it.
    public func person(of entry: AuditEntry) -> (name: String?, address: String?)? {
        guard let key, let sealed = entry.personal,
            let fields = PersonalFields.open(sealed, key: SymmetricKey(data: key), entry: entry.id)
        else { return nil }
        return (fields.name, fields.address)
    }
}

extension AuditError {
    fileprivate static func malformedProof(_ reason: String) -> AuditError {
        AuditError(code: "audit_proof_malformed", message: "this is no proof of https://c2sp.org/tlog-proof: \(reason)")
    }
}
