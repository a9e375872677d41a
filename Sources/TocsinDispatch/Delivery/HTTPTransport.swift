import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOSSL
import TocsinCore
import TocsinIntegrations

/// Sends a request to a receiver and tells every way in which that can fail apart.
struct HTTPTransport: Sendable {
    /// The most bytes of a response that are read; an outcome never needs more.
    static let maximumResponseBytes = 64 * 1024

    let clients: HTTPClients
    let names: GuardedNames
    let extraTrustRoots: [NIOSSLCertificate]
    let environment: EnvironmentProxies
    let tokens: TokenSource
    let eventLoopGroup: any EventLoopGroup

    /// The client's settings: TLS 1.3, verified; no redirects, which are followed here, on the same host alone; and no
    /// connection to an address that is refused.
    static func configuration(trustRoots: [NIOSSLCertificate], names: GuardedNames) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: ClientTLS.usual(minimum: .tls13, trustRoots: trustRoots),
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(10)),
            connectionPool: .init(idleTimeout: .seconds(60), concurrentHTTP1ConnectionsPerHostSoftLimit: 64))
        configuration.httpVersion = .http1Only
        configuration.http1_1ConnectionDebugInitializer = { names.check($0) }
        configuration.http2ConnectionDebugInitializer = { names.check($0) }
        return configuration
    }

    /// Sends a request, with a token if it wants one, and follows where the answer leads.
    ///
    /// - Parameters:
    ///   - tenant: Whose receiver it is for.
    ///   - timeout: For all of it, the token too.
    ///   - minimumTLS: The oldest version, where the request says none.
    /// - Returns: The response, or what follows from there being none.
    func send(
        _ request: DeliveryRequest, of tenant: TenantID, timeout: Duration, minimumTLS: ClientTLS.Version
    ) async -> Result<DeliveryResponse, TransportFailure> {
        let sending = Sending(
            deadline: NIODeadline.now() + .milliseconds(max(1, timeout.milliseconds)), minimumTLS: minimumTLS)
        do {
            guard let credential = request.credential else { return .success(try await follow(request, sending)) }
            let fetch: TokenSource.Fetch = { message in
                do {
                    return .success(try await exchange(message, sending))
                } catch {
                    return .failure(TransportFailure(error))
                }
            }
            let fetched = try await tokens.token(for: credential, of: tenant, fetch: fetch)
            let response = try await follow(request.authorized(by: fetched, credential, now: now), sending)
            guard credential.isRefused(by: response) else { return .success(response) }
            // One that is new and not taken either is the receiver's fault.
            await tokens.discard(fetched, of: credential)
            let next = try await tokens.token(for: credential, of: tenant, fetch: fetch)
            return .success(try await follow(request.authorized(by: next, credential, now: now), sending))
        } catch {
            return .failure(TransportFailure(error))
        }
    }

    private var now: Timestamp { tokens.clock.now() }

    /// What holds for all that is sent for one request.
    private struct Sending {
        let deadline: NIODeadline
        let minimumTLS: ClientTLS.Version
    }

    private func follow(_ request: DeliveryRequest, _ sending: Sending) async throws -> DeliveryResponse {
        var request = request
        for _ in 0...Redirect.maximumCount {
            let response = try await exchange(request, sending)
            guard let next = Redirect.next(after: response, to: request) else { return response }
            request = next
        }
        throw TransportFailure(retrying: .tooManyRedirects)
    }

    private func exchange(_ request: DeliveryRequest, _ sending: Sending) async throws -> DeliveryResponse {
        var (message, key) = try await prepare(request)
        message.method = HTTPMethod(rawValue: request.method)
        for header in request.headers { message.headers.add(name: header.name, value: header.value.reveal()) }
        message.body = .bytes(ByteBuffer(bytes: request.body))
        // Without settings of its own, a request shares the client's TLS, which is not made anew for each.
        if request.client.tls != ClientTLS() || sending.minimumTLS != .tls13 {
            message.tlsConfiguration = try tls(request.client.tls, minimum: sending.minimumTLS)
        }
        let whole = message
        return try await clients.withClient(key) { client in
            let response = try await client.execute(whole, deadline: sending.deadline)
            CrashPoint.pass("delivery.answer.begun")
            let body = try await body(of: response, deadline: sending.deadline)
            return DeliveryResponse(
                status: Int(response.status.code), headers: response.headers.map { ($0.name.lowercased(), $0.value) },
                body: body)
        }
    }

    private func tls(_ settings: ClientTLS, minimum: ClientTLS.Version) throws -> TLSConfiguration {
        do {
            return try settings.configuration(minimum: minimum, trustRoots: extraTrustRoots)
        } catch {
            let detail = "a certificate, a key or an authority of this receiver cannot be read"
            throw TransportFailure(retrying: FailureReason(FailureReason.tlsFailed.code, detail: detail))
        }
    }

    /// Where a request is sent, and by which client, so that proxy and server get what each expects.
    private func prepare(_ request: DeliveryRequest) async throws -> (HTTPClientRequest, HTTPClients.Key) {
        let settings = request.client
        var key = HTTPClients.Key()
        key.speaksHTTP2 = settings.speaksHTTP2
        // The client knows more schemes, among them sockets of this machine.
        guard var address = ServerAddress(request.url.reveal()) else {
            throw TransportFailure(
                disabling: FailureReason("address_invalid", detail: "it is no http or https address"))
        }
        guard !settings.asksPlatform else {
            key.isTrusted = true
            return (HTTPClientRequest(url: request.url.reveal()), key)
        }
        guard settings.proxy != .direct || settings.tls.serverName != nil else {
            try await names.check(address.host)
            return (HTTPClientRequest(url: request.url.reveal()), key)
        }
        let proxy: Proxy?
        do throws(ProxyError) {
            proxy = try settings.proxy.proxy(
                scheme: address.scheme, host: address.host, port: address.port, environment: environment)
        } catch {
            throw TransportFailure(disabling: .proxyRefused(error.message))
        }
        if let proxy {
            // The proxy looks for the server's name; the environment's proxies are the operator's choice.
            try names.checkForm(address.host)
            key.isTrusted = settings.proxy.isEnvironment
            if !key.isTrusted { try await names.check(proxy.host) }
        } else {
            try await names.check(address.host)
        }
        var isElsewhere = false
        var headers: [(String, String)] = []
        if let proxy, proxy.kind == .http, address.scheme == "http" {
            (address.host, address.port) = (proxy.host, proxy.port)
            (key.isForwarding, isElsewhere) = (true, true)
            headers.append(("Host", address.authority))
            if let credentials = proxy.credentials {
                headers.append(("Proxy-Authorization", "Basic " + credentials.base64))
            }
        } else {
            key.proxy = proxy
        }
        if address.scheme == "https", let name = settings.tls.serverName, name != address.host {
            headers.append(("Host", address.authority))
            (key.serverName, key.host) = (name, address.host)
            (address.host, isElsewhere) = (name, true)
        }
        var message = HTTPClientRequest(url: isElsewhere ? address.text : request.url.reveal())
        message.headers.add(contentsOf: headers)
        return (message, key)
    }

    /// The client's own deadline ends with the head of the response; a body that drips would hold a slot for ever.
    private func body(of response: HTTPClientResponse, deadline: NIODeadline) async throws -> [UInt8] {
        // Nothing to wait for, as most webhooks answer: no timer is set, which costs as much as half the delivery.
        if response.headers.first(name: "content-length") == "0" { return try await read(response.body) }
        return try await withThrowingTaskGroup(of: [UInt8].self) { group in
            group.addTask { try await read(response.body) }
            group.addTask {
                try await Task.sleep(for: .nanoseconds((deadline - .now()).nanoseconds))
                throw HTTPClientError.deadlineExceeded
            }
            defer { group.cancelAll() }
            return try await group.next() ?? []
        }
    }

    private func read(_ body: HTTPClientResponse.Body) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        for try await chunk in body {
            bytes.append(contentsOf: chunk.readableBytesView.prefix(HTTPTransport.maximumResponseBytes - bytes.count))
            if bytes.count >= HTTPTransport.maximumResponseBytes { break }
        }
        return bytes
    }
}

extension HTTPTransport {
    /// - Parameters:
    ///   - client: The client for the usual.
    ///   - environment: What the environment said about proxies when the process started.
    ///   - clock: Tells when tokens end.
    ///   - sharedTokens: The tokens of all workers; `nil` for a process that is none.
    init(
        client: GuardedClient, environment: EnvironmentProxies, clock: any WallClock, sharedTokens: SharedTokens? = nil
    ) {
        (names, extraTrustRoots) = (client.names, client.trustRoots)
        clients = HTTPClients(usual: client.client, configuration: client.configuration)
        self.environment = environment
        tokens = TokenSource(clock: clock, shared: sharedTokens)
        eventLoopGroup = client.client.eventLoopGroup
    }
}

extension DeliveryRequest {
    /// The request with what was fetched for it.
    fileprivate func authorized(
        by fetched: FetchedCredential, _ credential: any RequestCredential, now: Timestamp
    ) -> DeliveryRequest {
        var request = self
        credential.apply(fetched, to: &request, now: now)
        return request
    }
}
