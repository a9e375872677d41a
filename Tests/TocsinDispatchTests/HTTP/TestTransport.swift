import AsyncHTTPClient
import NIOPosix
import NIOSSL
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@testable import TocsinDispatch

/// Runs a transport for as long as the body runs.
func withTransport<Result: Sendable>(
    environment: [String: String] = [:], clock: any WallClock = ManualClock(), trusting authority: String? = nil,
    sharedTokens: SharedTokens? = nil, names: GuardedNames = GuardedNames(.open),
    _ body: (HTTPTransport) async throws -> Result
) async throws -> Result {
    let roots = try authority.map { try NIOSSLCertificate.fromPEMFile($0) } ?? []
    var configuration = HTTPTransport.configuration(trustRoots: roots, names: names)
    // A client tries for ten seconds to connect, which a test that wants it to fail has no time for.
    configuration.connectionPool.retryConnectionEstablishment = false
    let client = HTTPClient(
        eventLoopGroup: MultiThreadedEventLoopGroup.singleton, configuration: configuration)
    let transport = HTTPTransport(
        clients: HTTPClients(usual: client, configuration: configuration), names: names, extraTrustRoots: roots,
        environment: EnvironmentProxies(environment), tokens: TokenSource(clock: clock, shared: sharedTokens),
        eventLoopGroup: client.eventLoopGroup)
    let result: Swift.Result<Result, any Error>
    do {
        result = .success(try await body(transport))
    } catch {
        result = .failure(error)
    }
    await transport.clients.shutdown()
    try await client.shutdown()
    return try result.get()
}

extension TenantID {
    static let acme: TenantID = TenantID("acme") ?? { preconditionFailure("a valid name") }()
}

extension HTTPTransport {
    /// Sends, and waits for as long as a slow machine needs.
    func send(_ request: DeliveryRequest) async throws -> DeliveryResponse {
        try await send(request, of: .acme, timeout: .seconds(60), minimumTLS: .tls12).get()
    }

    /// Why a request fails.
    func failure(_ request: DeliveryRequest) async -> TransportFailure? {
        switch await send(request, of: .acme, timeout: .seconds(60), minimumTLS: .tls12) {
        case .success: nil
        case .failure(let failure): failure
        }
    }
}

extension DeliveryRequest {
    /// A small request.
    init(_ url: String) {
        self.init(
            url: Secret(url), headers: [.init("Content-Type", Secret("text/plain"), isSecret: false)],
            body: Array("hello".utf8))
    }

    /// A small request with something special.
    init(_ url: String, _ change: (inout DeliveryRequest) throws -> Void) rethrows {
        self.init(url)
        try change(&self)
    }
}
