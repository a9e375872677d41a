import Crypto
public import TocsinCore

/// A new key for ES256.
public struct JWTKeyPair: Sendable {
    /// The private key in PEM form (PKCS #8).
    public let privateKey: Secret
    /// The public key as a JWK set (RFC 7517), in JSON.
    public let publicKeys: String

    /// A new pair from random bits.
    ///
    /// - Parameter id: The `kid` of both.
    public init(id: String) {
        let key = P256.Signing.PrivateKey()
        privateKey = Secret(key.pemRepresentation + "\n")
        let point = Array(key.publicKey.rawRepresentation)
        let (x, y) = (Base64URL.encode(Array(point.prefix(32))), Base64URL.encode(Array(point.suffix(32))))
        let name = id.filter { $0 != "\"" && $0 != "\\" && !$0.isNewline }
        publicKeys =
            #"{"keys":[{"kty":"EC","crv":"P-256","alg":"ES256","use":"sig","kid":"\#(name)","x":"\#(x)","y":"\#(y)"}]}"#
    }
}
