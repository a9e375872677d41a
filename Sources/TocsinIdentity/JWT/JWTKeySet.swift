import Crypto
import Foundation
import JWTKit
public import TocsinCore

/// The keys of one issuer, each for one algorithm.
///
/// A key is found by the id and the algorithm that a token names, and both must be the key's own. So a public key is never
/// taken for the secret of HS256, and a token with an id that is not known is refused, not tried with another key.
public struct JWTKeySet: Sendable {
    /// Why keys cannot be used; it never shows them.
    public struct Invalid: CodedError {
        /// A word that scripts can match; always `jwt_keys_invalid`.
        public let code = "jwt_keys_invalid"
        /// What is wrong.
        public let message: String

        /// Keys that cannot be used.
        public init(message: String) { self.message = message }
    }

    /// What finds a key.
    struct Name: Hashable {
        /// `nil` for the only key of an issuer that names none.
        let id: String?
        let algorithm: JWTAlgorithmName
    }

    /// RFC 7518, section 3.2: a key as long as the hash at least.
    static let shortestSecret = 32

    let keys: [Name: any JWTAlgorithm]

    /// No keys yet: every token is refused because its key is not known.
    public static let empty = JWTKeySet(keys: [:])

    private init(keys: [Name: any JWTAlgorithm]) { self.keys = keys }

    /// A secret for HS256.
    ///
    /// - Parameters:
    ///   - secret: 32 bytes at least.
    ///   - id: The `kid` that tokens must name; `nil` if they name none.
    /// - Throws: ``Invalid``.
    public init(secret: Secret, id: String? = nil) async throws {
        let bytes = Array(secret.reveal().utf8)
        guard bytes.count >= Self.shortestSecret else {
            throw Invalid(message: "the secret for HS256 has \(bytes.count) bytes, and must have 32 at least")
        }
        let collection = JWTKeyCollection()
        await collection.add(hmac: HMACKey(from: bytes), digestAlgorithm: .sha256)
        keys = [Name(id: id, algorithm: .hs256): try await collection.getKey()]
    }

    /// The public keys of a JWK set (RFC 7517), as an issuer publishes them.
    ///
    /// Keys for anything but signatures, and those of algorithms that are not allowed here, are passed over, because issuers
    /// publish such beside the others.
    ///
    /// - Throws: ``Invalid`` if the text is no set, or no key of it can be used.
    public init(jwks text: String) async throws {
        struct Entry: Decodable {
            let kid: String?
            let kty: String
            let crv: String?
            let use: String?
            let alg: String?
        }
        struct List: Decodable { let keys: [Entry] }
        let data = Data(text.utf8)
        guard let list = try? JSONDecoder().decode(List.self, from: data),
            let raw = (try? JSONSerialization.jsonObject(with: data) as? [String: Any])?["keys"] as? [Any]
        else { throw Invalid(message: "it is no JWK set, which is a JSON object with a list 'keys'") }
        var found: [Name: any JWTAlgorithm] = [:]
        for (entry, value) in zip(list.keys, raw) {
            guard entry.use ?? "sig" == "sig", let algorithm = Self.algorithm(entry.kty, entry.crv),
                entry.alg ?? algorithm.rawValue == algorithm.rawValue, var object = value as? [String: Any]
            else { continue }
            object["alg"] = algorithm.rawValue
            // The library finds a key by an id only.
            object["kid"] = entry.kid ?? "-"
            guard let one = try? JSONSerialization.data(withJSONObject: object),
                let key = try? JSONDecoder().decode(JWK.self, from: one), key.privateExponent == nil
            else { throw Invalid(message: "the key \(entry.kid ?? "without an id") is damaged, or is a private one") }
            let collection = JWTKeyCollection()
            do {
                try await collection.add(jwk: key)
                found[Name(id: entry.kid, algorithm: algorithm)] = try await collection.getKey(
                    for: JWKIdentifier(string: entry.kid ?? "-"), alg: algorithm.rawValue)
            } catch {
                throw Invalid(message: "the key \(entry.kid ?? "without an id") is damaged")
            }
        }
        guard !found.isEmpty else { throw Invalid(message: "it has no key for ES256, EdDSA or RS256") }
        guard found.count == 1 || found.keys.allSatisfy({ $0.id != nil }) else {
            throw Invalid(message: "it has several keys, and not all of them have an id (kid)")
        }
        keys = found
    }

    /// The key that a token names.
    ///
    /// A token need not name the only key that there is (OpenID Connect Core 1.0, section 10.1).
    func key(_ id: String?, _ algorithm: JWTAlgorithmName) -> (any JWTAlgorithm)? {
        if let key = keys[Name(id: id, algorithm: algorithm)] { return key }
        guard id == nil, keys.count == 1, let only = keys.first, only.key.algorithm == algorithm else { return nil }
        return only.value
    }

    private static func algorithm(_ type: String, _ curve: String?) -> JWTAlgorithmName? {
        switch (type, curve) {
        case ("EC", "P-256"): .es256
        case ("OKP", "Ed25519"): .eddsa
        case ("RSA", _): .rs256
        default: nil
        }
    }
}
