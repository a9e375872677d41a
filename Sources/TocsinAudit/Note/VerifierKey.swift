import Crypto
import Foundation
import TocsinCore

/// A key that judges signatures of notes: a name, and a public key of Ed25519.
///
/// Its text is `NAME+HASH+BASE64`, as <https://c2sp.org/signed-note> and Go's `golang.org/x/mod/sumdb/note` have it.
public struct VerifierKey: Sendable, Hashable, CustomStringConvertible {
    /// What the signatures are over.
    public enum Kind: UInt8, Sendable {
        /// The note: its author's.
        case note = 1
        /// The note and a time: a witness', as <https://c2sp.org/tlog-cosignature> has it.
        case cosignature = 4
    }

    /// The signer's name; of a log it is its origin.
    public let name: String
    /// What it signs.
    public let kind: Kind
    /// The four bytes that signatures carry of the key.
    let hash: [UInt8]
    private let key: [UInt8]

    init(name: String, kind: Kind, key: Curve25519.Signing.PublicKey) {
        self.name = name
        self.kind = kind
        self.key = Array(key.rawRepresentation)
        hash = Self.hash(name: name, kind: kind, key: self.key)
    }

    /// Reads a key's text.
    ///
    /// - Throws: ``AuditError``.
    public init(_ text: String) throws(AuditError) {
        let parts = text.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 3, Self.isName(parts[0]), let data = Data(base64Encoded: parts[2]), data.count == 33,
            let kind = Kind(rawValue: data[data.startIndex]), let hash = Hexadecimal.decode(parts[1])
        else { throw .malformedKey(text) }
        name = parts[0]
        self.kind = kind
        key = Array(data.dropFirst())
        self.hash = Self.hash(name: name, kind: kind, key: key)
        guard hash == self.hash else { throw .malformedKey(text) }
    }

    /// The key's text.
    public var description: String {
        "\(name)+\(Hexadecimal.encode(hash))+\(Data([kind.rawValue] + key).base64EncodedString())"
    }

    /// Whether a signature over a note's text is of this key.
    func isValid(_ signature: [UInt8], of text: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: key) else { return false }
        switch kind {
        case .note: return key.isValidSignature(signature, for: text)
        case .cosignature:
            guard signature.count == 72 else { return false }
            let time = signature.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            return key.isValidSignature(signature.dropFirst(8), for: Self.cosigned(text, at: time))
        }
    }

    /// What a witness signs.
    static func cosigned(_ text: [UInt8], at time: UInt64) -> [UInt8] {
        Array("cosignature/v1\ntime \(time)\n".utf8) + text
    }

    private static func hash(name: String, kind: Kind, key: [UInt8]) -> [UInt8] {
        Array(SHA256.hash(data: Array(name.utf8) + [0x0A, kind.rawValue] + key).prefix(4))
    }

    /// Whether a text may be the name of a key: not empty, without white space or `+`.
    static func isName(_ name: String) -> Bool {
        !name.isEmpty && !name.contains { $0.isWhitespace || $0 == "+" }
    }
}
