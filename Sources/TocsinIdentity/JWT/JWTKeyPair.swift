import Crypto
import Foundation
public import TocsinCore

/// A new key for ES256.
public struct JWTKeyPair: Sendable {
    /// The private key in PEM form (PKCS #8).
    public let privateKey: Secret
    /// The public key as a JWK set (RFC 7517), in JSON.
    public let publicKeys: String

    /// Source: RFC 7518, section 6.2.1.
    private struct Key: Encodable {
        let kty = "EC"
        let crv = "P-256"
        let alg = "ES256"
        let use = "sig"
        let kid: String
        let x: String
        let y: String
    }

    /// A new pair from random bits.
    ///
    /// - Parameter id: The `kid` of both.
    public init(id: String) throws {
        let key = P256.Signing.PrivateKey()
        privateKey = Secret(key.pemRepresentation + "\n")
        let point = Array(key.publicKey.rawRepresentation)
        let published = Key(
            kid: id, x: Base64URL.encode(Array(point.prefix(32))), y: Base64URL.encode(Array(point.suffix(32))))
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        publicKeys = String(decoding: try encoder.encode(["keys": [published]]), as: UTF8.self)
    }
}
