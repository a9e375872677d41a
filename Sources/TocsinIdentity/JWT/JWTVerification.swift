import Foundation
import JWTKit
public import TocsinCore

/// Judges JSON Web Tokens (RFC 7519) by what RFC 8725 says of them.
///
/// The signature is checked before a claim is believed, but for the issuer's name, which says by whose keys. What a token says
/// of its own keys (`jku`, `jwk`, `x5c`, `x5u`) is never looked at.
public struct JWTVerification: Sendable {
    /// No token of a caller is longer, in bytes.
    public static let longestToken = 8192

    /// What a token may say that it is: nothing, just a token, or an access token (RFC 9068).
    private static let types: Set<String> = ["jwt", "at+jwt", "application/jwt", "application/at+jwt"]

    private var issuers: [String: JWTIssuer]

    /// - Parameter issuers: Who is believed; of two with one name the last counts.
    public init(issuers: [JWTIssuer]) {
        self.issuers = Dictionary(issuers.map { ($0.issuer, $0) }, uniquingKeysWith: { $1 })
    }

    /// Whether nobody is believed.
    public var isEmpty: Bool { issuers.isEmpty }

    /// Replaces the keys of an issuer; nothing happens if there is none of this name.
    public mutating func setKeys(_ keys: JWTKeySet, of issuer: String) { issuers[issuer]?.keys = keys }

    /// The keys of an issuer; `nil` if there is none of this name.
    public func keys(of issuer: String) -> JWTKeySet? { issuers[issuer]?.keys }

    /// Who a token says has made it: nothing that may be believed, only where to ask.
    public static func issuer(namedIn text: String) -> String? {
        guard text.utf8.count <= longestToken else { return nil }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let body = Base64URL.decode(parts[1]) else { return nil }
        return try? JWTClaims(json: body).issuer
    }

    private struct Header: Decodable {
        let alg: String
        let kid: String?
        let crit: [String]?
        let typ: String?
    }

    /// Whether the token is good, and what it allows.
    public func verify(_ text: String, now: Timestamp) -> TokenVerdict {
        guard text.utf8.count <= Self.longestToken else { return .refused(.malformed) }
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 3, let head = Base64URL.decode(parts[0]), let body = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2]),
            let header = try? JSONDecoder().decode(Header.self, from: Data(head)),
            let claims = try? JWTClaims(json: body)
        else { return .refused(.malformed) }
        // An extension that must be understood and is not (RFC 7515, section 4.1.11); or what the same keys sign for
        // other ends, a logout say (RFC 8725, section 3.11).
        guard header.crit == nil, Self.types.contains((header.typ ?? "JWT").lowercased()) else {
            return .refused(.malformed)
        }
        guard let issuer = claims.issuer.flatMap({ issuers[$0] }),
            let algorithm = JWTAlgorithmName(rawValue: header.alg)
        else { return .refused(.unknown) }
        guard let key = issuer.keys.key(header.kid, algorithm) else {
            return .refused(.keyUnknown)
        }
        let signed = text.utf8.prefix(parts[0].count + 1 + parts[1].count)
        guard (try? key.verify(signature, signs: Array(signed))) == true else { return .refused(.wrongSecret) }
        return judge(claims, issuer, now)
    }

    private func judge(_ claims: JWTClaims, _ issuer: JWTIssuer, _ now: Timestamp) -> TokenVerdict {
        guard !issuer.audiences.isDisjoint(with: claims.audiences) else { return .refused(.wrongAudience) }
        guard let end = claims.expiresAt else { return .refused(.malformed) }
        guard now < end + issuer.clockSkew else { return .refused(.expired) }
        if let start = claims.notBefore, now + issuer.clockSkew < start { return .refused(.tooEarly) }
        if let made = claims.issuedAt, now + issuer.clockSkew < made { return .refused(.tooEarly) }
        if let longest = issuer.longestLife {
            guard let made = claims.issuedAt, end - made <= longest else { return .refused(.expired) }
        }
        let tenant: TenantID? =
            switch issuer.tenant {
            case .fixed(let tenant): tenant
            case .claim(let name): claims.words(name).count == 1 ? TenantID(claims.words(name)[0]) : nil
            }
        guard let tenant else { return .refused(.noTenant) }
        let permissions: Set<Permission> =
            switch issuer.permissions {
            case .fixed(let permissions): permissions
            case .claim(let name, let meanings):
                // Where the operator has said what words mean, a word of the provider's own that happens to be called
                // like a permission, as a role "admin" is, means nothing.
                Set(
                    claims.words(name).flatMap { word in
                        meanings.isEmpty ? Permission(rawValue: word).map { [$0] } ?? [] : meanings[word] ?? []
                    })
            }
        return .accepted(
            TokenRecord(
                id: issuer.issuer, tenant: tenant, name: claims.subject ?? "", hash: [],
                createdAt: claims.issuedAt ?? .epoch, expiresAt: end, revokedAt: nil, permissions: permissions))
    }
}
