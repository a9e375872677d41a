import Foundation
import Logging
import NIOSSL
import TocsinConfiguration
import TocsinCore
import TocsinIdentity
import TocsinIngest

/// Makes those whose JSON Web Tokens are believed from what the configuration says of them.
enum IssuerLoading {
    /// The issuers of a configuration.
    ///
    /// - Parameter directory: Where files are looked for that are named without one: beside the configuration.
    /// - Throws: ``CommandError`` that says whose keys cannot be used, and why.
    static func load(_ settings: [JWTSettings], directory: String, logger: Logger) async throws -> TrustedIssuers {
        var issuers: [JWTIssuer] = []
        var published: [PublishedKeys] = []
        for entry in settings {
            do {
                let keys = try await keys(entry, directory)
                issuers.append(issuer(entry, keys: keys ?? .empty))
                guard keys == nil, case .published(let address) = entry.keys else { continue }
                guard PublishedKeys.isAllowed(address ?? entry.issuer) else {
                    throw JWTKeySet.Invalid(
                        message:
                            "there are no keys: name 'keys_file', 'secret' or 'keys_url', or an issuer with an address "
                            + "(https://...) that publishes where its keys are")
                }
                published.append(
                    PublishedKeys(
                        issuer: entry.issuer, address: address, authorities: try authorities(entry, directory),
                        logger: logger))
            } catch let error as JWTKeySet.Invalid {
                throw CommandError(
                    code: error.code, message: "ingest.jwt of \(entry.issuer): \(error.message)",
                    exitCode: .configuration)
            }
        }
        return TrustedIssuers(issuers, published: published)
    }

    private static func keys(_ entry: JWTSettings, _ directory: String) async throws -> JWTKeySet? {
        switch entry.keys {
        case .published: nil
        case .secret(let secret, let id): try await JWTKeySet(secret: secret, id: id)
        case .file(let name): try await JWTKeySet(jwks: try text(of: name, directory))
        }
    }

    private static func authorities(_ entry: JWTSettings, _ directory: String) throws -> [NIOSSLCertificate] {
        guard let name = entry.caFile else { return [] }
        let text = try text(of: name, directory)
        guard let found = try? NIOSSLCertificate.fromPEMBytes(Array(text.utf8)), !found.isEmpty else {
            throw JWTKeySet.Invalid(message: "the file \(name) holds no certificate in PEM form")
        }
        return found
    }

    private static func text(of name: String, _ directory: String) throws -> String {
        let path = URL(fileURLWithPath: name, relativeTo: URL(fileURLWithPath: directory, isDirectory: true)).path
        guard let data = FileManager.default.contents(atPath: path) else {
            throw JWTKeySet.Invalid(message: "the file \(path) cannot be read: is it there, and may you read it?")
        }
        return String(decoding: data, as: UTF8.self)
    }

    private static func issuer(_ entry: JWTSettings, keys: JWTKeySet) -> JWTIssuer {
        JWTIssuer(
            issuer: entry.issuer, audiences: Set(entry.audiences), keys: keys, clockSkew: entry.clockSkew,
            longestLife: entry.longestLife, tenant: entry.tenant.map { .fixed($0) } ?? .claim(entry.tenantClaim),
            permissions: entry.permissions.map { .fixed($0) }
                ?? .claim(entry.permissionsClaim, meanings: entry.meanings))
    }
}
