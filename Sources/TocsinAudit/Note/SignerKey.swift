import Crypto
public import TocsinCore

/// A key that signs tree heads.
///
/// Its bytes are never printed.
public struct SignerKey: Sendable, CustomStringConvertible, CustomReflectable {
    /// What judges its signatures.
    public let verifier: VerifierKey
    private let key: Curve25519.Signing.PrivateKey

    /// A new random key.
    public static func generate(name: String, kind: VerifierKey.Kind) -> SignerKey {
        SignerKey(name: name, kind: kind, key: Curve25519.Signing.PrivateKey())
    }

    /// The key of a seed of 32 bytes; `nil` if it has another length.
    public init?(name: String, kind: VerifierKey.Kind, seed: [UInt8]) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else { return nil }
        self.init(name: name, kind: kind, key: key)
    }

    private init(name: String, kind: VerifierKey.Kind, key: Curve25519.Signing.PrivateKey) {
        self.key = key
        verifier = VerifierKey(name: name, kind: kind, key: key.publicKey)
    }

    /// The 32 bytes that it is made of again.
    public var seed: Secret { Secret(Hexadecimal.encode(Array(key.rawRepresentation))) }

    /// A signature line over a note's text.
    ///
    /// - Parameter now: The time that a witness' signature carries.
    func sign(_ text: [UInt8], now: Timestamp) throws -> SignedNote.Signature {
        let bytes: [UInt8]
        switch verifier.kind {
        case .note: bytes = Array(try key.signature(for: text))
        case .cosignature:
            let time = UInt64(max(0, now.milliseconds / 1000))
            bytes =
                withUnsafeBytes(of: time.bigEndian) { Array($0) }
                + Array(try key.signature(for: VerifierKey.cosigned(text, at: time)))
        }
        return SignedNote.Signature(name: verifier.name, hash: verifier.hash, bytes: bytes)
    }

    /// The public half, never the key.
    public var description: String { "SignerKey(\(verifier))" }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
