import Crypto
import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Encrypts what is posted for its receiver alone, so that nobody on the way can read it: not a proxy, not a gateway that
/// ends TLS, not a queue that keeps it.
///
/// Hybrid Public Key Encryption, RFC 9180, in its base mode: DHKEM(X25519, HKDF-SHA256), HKDF-SHA256, and AES-256-GCM or
/// ChaCha20-Poly1305. The body is JSON then, of the type `application/vnd.tocsin.hpke+json`:
///
///     {"v": 1, "suite": "X25519-HKDF-SHA256/HKDF-SHA256/AES-256-GCM", "kid": "2026-11", "type": "application/json",
///      "enc": "<Base64>", "ct": "<Base64>"}
///
/// `enc` is the encapsulated key, `ct` the encrypted body, `type` its content type and `kid` what the receiver calls its
/// key (only if the settings say it). The text `tocsin webhook v1` is HPKE's `info`; the additional data is the header
/// `webhook-id`, a line feed, and `type`, so that an encrypted body belongs to one message. Signatures are over the
/// encrypted body.
///
/// Settings: `encryption: {public_key, key_id, cipher}`, the key in PEM form or its 32 bytes in Base64, the cipher
/// `aes-256-gcm` or `chacha20-poly1305`.
struct WebhookEncryption: Sendable {
    enum Cipher: String, CaseIterable {
        case aes = "aes-256-gcm"
        case chaCha = "chacha20-poly1305"
    }

    /// The content type of what comes out.
    static let contentType = "application/vnd.tocsin.hpke+json"

    private static let info = Data("tocsin webhook v1".utf8)
    /// What stands before a key of X25519 in its DER form, RFC 8410.
    private static let prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x6E, 0x03, 0x21, 0x00]

    private let key: Curve25519.KeyAgreement.PublicKey
    private let keyID: String
    private let cipher: Cipher

    /// Reads the settings; what is wrong is reported.
    init?(_ reader: MappingReader) {
        defer { reader.finish() }
        cipher = reader.oneOf("cipher", Cipher.self) ?? .aes
        keyID = reader.string("key_id") ?? ""
        let text = reader.secretOrFile("public_key")
        guard let text else {
            reader.report("setting_missing", "'public_key' is missing")
            return nil
        }
        guard let key = WebhookEncryption.key(text.reveal()) else {
            reader.report(
                "value_invalid", "'public_key' is a key of X25519, in PEM form or its 32 bytes in Base64",
                name: "public_key")
            return nil
        }
        self.key = key
    }

    private static func key(_ text: String) -> Curve25519.KeyAgreement.PublicKey? {
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.hasPrefix("-----") }
        let encoded = lines.map { $0.trimmingCharacters(in: .whitespaces) }.joined()
        guard let data = Data(base64Encoded: encoded) else { return nil }
        let isDER = data.count == 44 && data.starts(with: prefix)
        guard isDER || data.count == 32 else { return nil }
        return try? Curve25519.KeyAgreement.PublicKey(rawRepresentation: data.suffix(32))
    }

    /// The body as its receiver alone can read it.
    ///
    /// Each time another, for the key on this side is new each time.
    ///
    /// - Parameters:
    ///   - id: The header `webhook-id`.
    ///   - type: The body's content type.
    /// - Throws: If nothing can be encrypted for the key, which is then a weak one.
    func seal(_ body: [UInt8], id: String, type: String) throws -> [UInt8] {
        let suite = HPKE.Ciphersuite(
            kem: .Curve25519_HKDF_SHA256, kdf: .HKDF_SHA256, aead: cipher == .aes ? .AES_GCM_256 : .chaChaPoly)
        var sender = try HPKE.Sender(recipientKey: key, ciphersuite: suite, info: WebhookEncryption.info)
        let sealed = try sender.seal(Data(body), authenticating: Data("\(id)\n\(type)".utf8))
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("v", 1)
            writer.member(
                "suite", "X25519-HKDF-SHA256/HKDF-SHA256/" + (cipher == .aes ? "AES-256-GCM" : "ChaCha20-Poly1305"))
            writer.memberUnlessEmpty("kid", keyID)
            writer.member("type", type)
            writer.member("enc", sender.encapsulatedKey.base64EncodedString())
            writer.member("ct", sealed.base64EncodedString())
        }
        return writer.bytes
    }
}
