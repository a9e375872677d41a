/// The algorithms that a JSON Web Token may be signed with here.
///
/// Source: RFC 7518, section 3.1, and RFC 8037 for EdDSA. `none` is not among them, and neither is anything weaker.
public enum JWTAlgorithmName: String, Sendable, Hashable, CaseIterable {
    /// HMAC with SHA-256; signer and verifier share the key.
    case hs256 = "HS256"
    /// ECDSA on P-256 with SHA-256.
    case es256 = "ES256"
    /// Ed25519.
    case eddsa = "EdDSA"
    /// RSA with SHA-256 and PKCS #1 v1.5.
    case rs256 = "RS256"
}
