import Crypto
import Foundation
import TocsinCore

/// Encrypts a find under a key of its own, so that whoever may can read it again, and nobody once the key is destroyed.
///
/// The text that stands for it is `[email:enc:<subject>:<ciphertext>]`: the subject, a keyed hash of the find, names its key. Each
/// key encrypts one text, so that the same text always becomes the same.
public enum SubjectCipher {
    /// The size of a key in bytes.
    public static let keySize = 32
    private static let nonce = [UInt8](repeating: 0, count: SealingNonce.size)

    /// The name of a find's key.
    public static func subject(of text: [UInt8], kind: SensitiveKind?, key: IndexKey) -> String {
        key.hashHex(label: "mask subject", parts: [Array(word(kind).utf8), text])
    }

    /// A new random key.
    public static func makeKey() -> [UInt8] { SymmetricKey(size: .bits256).bytes }

    /// What stands for a find.
    static func encrypt(_ text: [UInt8], kind: SensitiveKind?, subject: String, key: [UInt8]) -> [UInt8]? {
        guard key.count == keySize,
            let combined = try? AuthenticatedCipher.seal(
                text, key: SymmetricKey(data: key), algorithm: .aes256GCM,
                nonce: nonce.withUnsafeBytes { SealingNonce($0) }, authenticating: Array(subject.utf8))
        else { return nil }
        let letters = Data(combined.dropFirst(SealingNonce.size)).base64EncodedString()
            .replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
        return Array("[\(word(kind)):enc:\(subject):\(letters)]".utf8)
    }

    /// A text that stands for a find, somewhere in a text.
    public struct Token: Sendable, Hashable {
        /// Where it stands.
        public let range: Range<Int>
        /// The name of its key.
        public let subject: String
        let ciphertext: [UInt8]

        /// The find, if this is its key.
        public func open(_ key: [UInt8]) -> [UInt8]? {
            guard key.count == keySize else { return nil }
            return AuthenticatedCipher.open(
                (nonce + ciphertext)[...], key: SymmetricKey(data: key), algorithm: .aes256GCM,
                authenticating: Array(subject.utf8))
        }
    }

    /// All such texts in a text, in order.
    public static func tokens(in text: [UInt8]) -> [Token] {
        let mark = Array(":enc:".utf8)
        var found: [Token] = []
        var start: Int?
        for (place, byte) in text.enumerated() {
            if byte == UInt8(ascii: "[") { start = place }
            guard byte == UInt8(ascii: "]"), let begin = start else { continue }
            start = nil
            let parts = text[begin + 1..<place].split(separator: mark[0], omittingEmptySubsequences: false)
            guard parts.count == 4, parts[1].elementsEqual("enc".utf8), parts[2].count == 32 else { continue }
            var letters = String(decoding: parts[3], as: UTF8.self).replacing("-", with: "+").replacing("_", with: "/")
            letters += String(repeating: "=", count: (4 - letters.utf8.count % 4) % 4)
            guard let data = Data(base64Encoded: letters), data.count >= AuthenticatedCipher.tagSize else { continue }
            found.append(
                Token(
                    range: begin..<place + 1, subject: String(decoding: parts[2], as: UTF8.self),
                    ciphertext: Array(data)))
        }
        return found
    }

    private static func word(_ kind: SensitiveKind?) -> String { kind?.rawValue ?? "redacted" }
}
