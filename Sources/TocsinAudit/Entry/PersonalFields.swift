import Crypto
import Foundation
import TocsinCore

/// What an entry knows of a person, sealed so that it can be made unreadable without changing the log.
///
/// Each entry has a key of its own, made by HKDF from the person's key and the entry's id; so a proof can show one entry's
/// fields to a stranger and no other's. A hash of the key stands beside the sealed fields, because AES-GCM alone lets two
/// keys open one text to different fields.
struct PersonalFields: Codable, Hashable {
    var name: String?
    var address: String?

    /// Sealed fields, as an entry has them.
    struct Sealed: Codable, Hashable, Sendable {
        /// A keyed hash of whose fields these are.
        let subject: String
        /// The fields as JSON: AES-256-GCM, base64.
        let fields: String
        /// SHA-256 of the entry's key behind a label, base 16.
        let commitment: String
    }

    /// The key of one entry.
    static func key(subject secret: [UInt8], entry id: String) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(
            inputKeyMaterial: SymmetricKey(data: secret), salt: [UInt8](),
            info: Array("tocsin audit entry\0\(id)".utf8),
            outputByteCount: 32)
    }

    /// Seals fields for an entry.
    func seal(subject: String, secret: [UInt8], entry id: String) throws -> Sealed {
        let key = Self.key(subject: secret, entry: id)
        // The key is used this once, so that its nonce need not be another each time.
        let box = try AES.GCM.seal(
            try JSONEncoder().encode(self), using: key, nonce: AES.GCM.Nonce(data: [UInt8](repeating: 0, count: 12)),
            authenticating: Array(id.utf8))
        return Sealed(
            subject: subject, fields: (box.ciphertext + box.tag).base64EncodedString(), commitment: Self.commitment(key)
        )
    }

    /// Opens an entry's fields with its key; `nil` if it is not the one that sealed them.
    static func open(_ sealed: Sealed, key: SymmetricKey, entry id: String) -> PersonalFields? {
        guard commitment(key) == sealed.commitment, let data = Data(base64Encoded: sealed.fields), data.count >= 16,
            let box = try? AES.GCM.SealedBox(
                nonce: AES.GCM.Nonce(data: [UInt8](repeating: 0, count: 12)), ciphertext: data.dropLast(16),
                tag: data.suffix(16)),
            let plain = try? AES.GCM.open(box, using: key, authenticating: Array(id.utf8))
        else { return nil }
        return try? JSONDecoder().decode(PersonalFields.self, from: plain)
    }

    private static func commitment(_ key: SymmetricKey) -> String {
        let label = Array("tocsin audit key commitment\0".utf8)
        return Hexadecimal.encode(SHA256.hash(data: label + key.withUnsafeBytes { Array($0) }))
    }
}
