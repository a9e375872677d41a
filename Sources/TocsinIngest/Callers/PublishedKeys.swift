import AsyncHTTPClient
import Foundation
public import Logging
import NIOCore
import NIOHTTP1
public import NIOSSL
import TocsinCore
import TocsinIdentity

/// The keys that an issuer publishes: found by OpenID Connect Discovery, and asked for again when tokens name new ones.
///
/// Source: OpenID Connect Discovery 1.0, sections 4.1 to 4.3; RFC 7517 for the set of keys.
public actor PublishedKeys {
    /// Whose keys they are.
    public nonisolated let issuer: String

    /// How long it takes at least until an issuer is asked again because a token names a key that is not known.
    static let pause = Duration.seconds(10)
    /// The same after it could not be asked.
    static let pauseAfterFailure = Duration.seconds(5)
    /// After how long it is asked again although nothing calls for it, so that keys that were withdrawn are forgotten.
    static let period = Duration.seconds(600)

    private static let patience = TimeAmount.seconds(5)
    private static let largestAnswer = 1 << 20

    private let address: String?
    private let authorities: [NIOSSLCertificate]
    private let configuration: HTTPClient.Configuration
    private let logger: Logger
    private var askedAt: Timestamp?
    private var lastFailure: String?
    private var asking: Task<JWTKeySet, any Error>?

    /// - Parameters:
    ///   - issuer: The claim `iss`, and for discovery an address.
    ///   - address: Where the set of keys is; `nil` to find that out by discovery.
    ///   - authorities: Who may sign the issuer's certificate besides the system's authorities.
    public init(issuer: String, address: String?, authorities: [NIOSSLCertificate], logger: Logger) {
        self.issuer = issuer
        self.address = address
        self.authorities = authorities
        self.logger = logger
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        tls.additionalTrustRoots = authorities.isEmpty ? [] : [.certificates(authorities)]
        var configuration = HTTPClient.Configuration(tlsConfiguration: tls)
        configuration.redirectConfiguration = .disallow
        configuration.timeout = .init(connect: .seconds(3), read: Self.patience)
        self.configuration = configuration
    }

    /// Whether the same issuer is asked in the same way.
    nonisolated func isSame(as other: PublishedKeys) -> Bool {
        issuer == other.issuer && address == other.address && authorities == other.authorities
    }

    /// Whether an address may be asked: encrypted, or on this machine.
    public static func isAllowed(_ address: String) -> Bool {
        guard let url = URL(string: address), let host = url.host, !host.isEmpty, url.user == nil else { return false }
        return url.scheme == "https" || (url.scheme == "http" && ["127.0.0.1", "::1", "localhost"].contains(host))
    }

    /// The keys, if they were asked for just now.
    ///
    /// - Returns: The keys, or `nil` if they were not asked for or not had; and whether what is known is new enough to judge
    ///   by.
    func renewed(now: Timestamp) async -> (keys: JWTKeySet?, isCurrent: Bool) {
        if let asking { return Self.answer(await asking.result) }
        if let askedAt, now >= askedAt {
            let pause = lastFailure == nil ? Self.pause : Self.pauseAfterFailure
            guard now - askedAt >= pause else { return (nil, lastFailure == nil) }
        }
        askedAt = now
        // One question for all who wait for its answer; it ends in time by itself.
        let task = Task { try await ask() }
        asking = task
        let result = await task.result
        asking = nil
        note(Self.failure(result))
        return Self.answer(result)
    }

    private static func answer(_ result: Result<JWTKeySet, any Error>) -> (keys: JWTKeySet?, isCurrent: Bool) {
        let keys = try? result.get()
        return (keys, keys != nil)
    }

    private static func failure(_ result: Result<JWTKeySet, any Error>) -> String? {
        guard case .failure(let error) = result else { return nil }
        return (error as? any CodedError)?.message ?? "it does not answer"
    }

    private func note(_ failure: String?) {
        defer { lastFailure = failure }
        guard failure != lastFailure else { return }
        if let failure {
            logger.error(
                "an issuer's keys cannot be had; the ones that are known stay in use",
                metadata: [LogKey.address: "\(issuer)", LogKey.error: "\(failure)"])
        } else {
            logger.notice("an issuer's keys can be had again", metadata: [LogKey.address: "\(issuer)"])
        }
    }

    /// With a client that lives as long as the question: it is asked every few minutes.
    private func ask() async throws -> JWTKeySet {
        try await HTTPClient.withHTTPClient(configuration: configuration) { client in
            let place = try await keysAddress(client)
            guard Self.isAllowed(place) else {
                throw JWTKeySet.Invalid(message: "the address of its keys is not encrypted (https)")
            }
            return try await JWTKeySet(jwks: String(decoding: try await get(place, client), as: UTF8.self))
        }
    }

    private func keysAddress(_ client: HTTPClient) async throws -> String {
        if let address { return address }
        struct Discovery: Decodable {
            let issuer: String
            let jwks_uri: String
        }
        let base = issuer.hasSuffix("/") ? String(issuer.dropLast()) : issuer
        let body = try await get(base + "/.well-known/openid-configuration", client)
        guard let found = try? JSONDecoder().decode(Discovery.self, from: body) else {
            throw JWTKeySet.Invalid(message: "what it says of itself (openid-configuration) cannot be read")
        }
        // Section 4.3: or one issuer could speak for another.
        guard found.issuer == issuer else {
            throw JWTKeySet.Invalid(message: "it calls itself by another name than the configuration does")
        }
        return found.jwks_uri
    }

    private func get(_ address: String, _ client: HTTPClient) async throws -> Data {
        do {
            var request = HTTPClientRequest(url: address)
            request.headers.add(name: "accept", value: "application/json")
            let response = try await client.execute(request, timeout: Self.patience)
            guard response.status == .ok else {
                throw JWTKeySet.Invalid(message: "it answers \(response.status.code)")
            }
            return Data(try await response.body.collect(upTo: Self.largestAnswer).readableBytesView)
        } catch let error as JWTKeySet.Invalid {
            throw error
        } catch {
            throw JWTKeySet.Invalid(message: "it cannot be reached, or not over TLS that can be trusted")
        }
    }
}
