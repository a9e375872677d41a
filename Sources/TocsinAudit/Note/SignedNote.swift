import Foundation
public import TocsinCore

/// A text with signatures behind it, as <https://c2sp.org/signed-note> has it.
public struct SignedNote: Sendable, Hashable {
    private static let mostBytes = 1 << 20
    private static let mostSignatures = 100

    struct Signature: Sendable, Hashable {
        let name: String
        /// Four bytes of the key's hash.
        let hash: [UInt8]
        let bytes: [UInt8]

        var line: String { "\u{2014} \(name) \(Data(hash + bytes).base64EncodedString())\n" }
    }

    /// The text; it ends with a newline.
    public let text: [UInt8]
    private(set) var signatures: [Signature]

    /// A text that these keys sign.
    public init(_ text: [UInt8], signers: [SignerKey], now: Timestamp) throws {
        self.text = text
        signatures = try signers.map { try $0.sign(text, now: now) }
    }

    /// Reads a note.
    ///
    /// - Throws: ``AuditError``.
    public init(_ bytes: [UInt8]) throws(AuditError) {
        guard bytes.count <= Self.mostBytes else { throw .malformedNote("it is larger than 1 MiB") }
        guard let whole = String(validating: bytes, as: UTF8.self),
            !bytes.contains(where: { $0 < 0x20 && $0 != 0x0A })
        else { throw .malformedNote("it is not text in UTF-8") }
        guard let border = whole.range(of: "\n\n", options: .backwards) else {
            throw .malformedNote("it has no empty line before its signatures")
        }
        text = Array(whole[..<border.lowerBound].utf8) + [0x0A]
        signatures = []
        let lines = whole[border.upperBound...]
        guard lines.hasSuffix("\n") else { throw .malformedNote("its last line does not end") }
        for line in lines.dropLast().split(separator: "\n", omittingEmptySubsequences: false) {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            guard parts.count == 3, parts[0] == "\u{2014}", VerifierKey.isName(parts[1]),
                let data = Data(base64Encoded: parts[2]), data.count > 4, signatures.count < Self.mostSignatures
            else { throw .malformedNote("a line of its signatures is not '\u{2014} NAME BASE64'") }
            signatures.append(Signature(name: parts[1], hash: Array(data.prefix(4)), bytes: Array(data.dropFirst(4))))
        }
    }

    /// The note with its signatures.
    public var bytes: [UInt8] { text + [0x0A] + signatures.flatMap { Array($0.line.utf8) } }

    /// Adds a signature.
    mutating func add(_ signer: SignerKey, now: Timestamp) throws {
        signatures.append(try signer.sign(text, now: now))
    }

    /// Which of these keys have signed.
    ///
    /// - Throws: ``AuditError`` if a signature claims to be of one of them and is not good.
    public func signers(among keys: [VerifierKey]) throws(AuditError) -> [VerifierKey] {
        var found: [VerifierKey] = []
        for signature in signatures {
            guard let key = keys.first(where: { $0.name == signature.name && $0.hash == signature.hash }) else {
                continue
            }
            guard key.isValid(signature.bytes, of: text) else {
                throw AuditError(
                    code: "audit_signature_bad",
                    message: "the signature of \(key.name) is not good: the checkpoint was altered")
            }
            if !found.contains(key) { found.append(key) }
        }
        return found
    }
}
