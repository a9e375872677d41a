import Foundation
import JWTKit
public import TocsinCore

/// Makes JSON Web Tokens, for deployments that have no identity provider.
public struct JWTMaker: Sendable {
    private struct Payload: Encodable {
        let iss: String
        let aud: String
        let sub: String
        let iat: Int64
        let exp: Int64
        let jti: String
        let tenant: String
        let permissions: [String]
    }

    private let key: any JWTAlgorithm
    private let id: String?
    private let algorithm: JWTAlgorithmName

    /// A maker.
    ///
    /// - Parameters:
    ///   - key: A private key in PEM form, or for HS256 the secret.
    ///   - id: The `kid` that its tokens name.
    /// - Throws: ``JWTKeySet/Invalid``.
    public init(key: Secret, algorithm: JWTAlgorithmName, id: String?) async throws {
        self.id = id
        self.algorithm = algorithm
        let collection = JWTKeyCollection()
        do {
            switch algorithm {
            case .hs256:
                let set = try await JWTKeySet(secret: key, id: id)
                guard let only = set.keys.values.first else { throw JWTKeySet.Invalid(message: "there is no secret") }
                self.key = only
                return
            case .es256: await collection.add(ecdsa: try ES256PrivateKey(pem: key.reveal()))
            case .eddsa: await collection.add(eddsa: try EdDSA.PrivateKey(pem: key.reveal()))
            case .rs256:
                await collection.add(rsa: try Insecure.RSA.PrivateKey(pem: key.reveal()), digestAlgorithm: .sha256)
            }
            self.key = try await collection.getKey()
        } catch let error as JWTKeySet.Invalid {
            throw error
        } catch {
            throw JWTKeySet.Invalid(message: "it is no private key for \(algorithm.rawValue) in PEM form")
        }
    }

    /// A token.
    ///
    /// - Parameters:
    ///   - user: Whom it is for: the claim `sub`.
    ///   - life: For how long it is good.
    public func make(
        tenant: TenantID, user: String, permissions: Set<Permission>, issuer: String, audience: String, life: Duration,
        now: Timestamp
    ) throws -> Secret {
        let start = now.milliseconds / 1000
        let payload = Payload(
            iss: issuer, aud: audience, sub: user, iat: start, exp: start + life.components.seconds,
            jti: UUID().uuidString.lowercased(), tenant: tenant.name,
            permissions: permissions.map(\.rawValue).sorted())
        struct Header: Encodable {
            let alg: String
            let kid: String?
            let typ = "JWT"
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        let head = Base64URL.encode(Array(try encoder.encode(Header(alg: algorithm.rawValue, kid: id))))
        let body = Base64URL.encode(Array(try encoder.encode(payload)))
        let signature = try key.sign(Array("\(head).\(body)".utf8))
        return Secret("\(head).\(body).\(Base64URL.encode(signature))")
    }
}
