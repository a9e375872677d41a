import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations

/// Sends a request to a receiver and tells every way in which that can fail apart.
struct HTTPTransport: Sendable {
    /// The most bytes of a response that are read; an outcome never needs more.
    static let maximumResponseBytes = 64 * 1024

    let client: HTTPClient
    let extraTrustRoots: [NIOSSLCertificate]

    /// The client's settings: TLS 1.3, verified; no redirects, because one could lead a credential to another host.
    static func configuration(trustRoots: [NIOSSLCertificate]) -> HTTPClient.Configuration {
        var configuration = HTTPClient.Configuration(
            tlsConfiguration: tls(minimum: .tlsv13, trustRoots: trustRoots), redirectConfiguration: .disallow,
            timeout: .init(connect: .seconds(10)),
            connectionPool: .init(idleTimeout: .seconds(60), concurrentHTTP1ConnectionsPerHostSoftLimit: 64))
        configuration.httpVersion = .http1Only
        return configuration
    }

    static func tls(minimum: TLSVersion, trustRoots: [NIOSSLCertificate]) -> TLSConfiguration {
        var configuration = TLSConfiguration.makeClientConfiguration()
        configuration.minimumTLSVersion = minimum
        configuration.certificateVerification = .fullVerification
        if !trustRoots.isEmpty { configuration.additionalTrustRoots = [.certificates(trustRoots)] }
        return configuration
    }

    /// A receiver's own settings; its files are read each time, so that a certificate may be renewed at any moment.
    private static func tls(
        _ settings: ClientTLS, minimum: TLSVersion, trustRoots: [NIOSSLCertificate]
    ) throws -> TLSConfiguration {
        var configuration = tls(minimum: minimum, trustRoots: trustRoots)
        if settings.skipsVerification { configuration.certificateVerification = .none }
        if let file = settings.caFile {
            configuration.trustRoots = .certificates(try NIOSSLCertificate.fromPEMFile(file))
        }
        if let file = settings.certificateFile {
            configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(file).map { .certificate($0) }
        }
        if let file = settings.keyFile {
            configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: file, format: .pem))
        }
        return configuration
    }

    /// Sends a request.
    ///
    /// - Returns: The response, or the outcome that follows from there being none.
    func send(
        _ request: DeliveryRequest, timeout: Duration, minimumTLS: TLSVersion
    ) async -> Result<DeliveryResponse, TransportFailure> {
        var message = HTTPClientRequest(url: request.url.reveal())
        message.method = HTTPMethod(rawValue: request.method)
        for header in request.headers { message.headers.add(name: header.name, value: header.value.reveal()) }
        message.body = .bytes(ByteBuffer(bytes: request.body))
        do {
            if let tls = request.tls {
                message.tlsConfiguration = try HTTPTransport.tls(tls, minimum: minimumTLS, trustRoots: extraTrustRoots)
            } else if minimumTLS != .tlsv13 {
                message.tlsConfiguration = HTTPTransport.tls(minimum: minimumTLS, trustRoots: extraTrustRoots)
            }
            let deadline = NIODeadline.now() + .milliseconds(max(1, timeout.milliseconds))
            let response = try await client.execute(message, deadline: deadline)
            let body = try await body(of: response, deadline: deadline)
            return .success(
                DeliveryResponse(
                    status: Int(response.status.code),
                    headers: response.headers.map { ($0.name.lowercased(), $0.value) }, body: body))
        } catch {
            return .failure(TransportFailure(error))
        }
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

/// Why there is no response.
struct TransportFailure: Error {
    let reason: FailureReason

    /// Whether the request may have reached the receiver: only without a connection it certainly has not.
    var mayHaveArrived: Bool { ![.connectFailed, .tlsFailed].contains(reason) }

    init(_ error: any Error) {
        reason =
            switch error {
            case is CancellationError: .cancelled
            case let error as HTTPClientError: TransportFailure.reason(of: error)
            case is NIOSSLError, is BoringSSLError: .tlsFailed
            case is NIOConnectionError, is SocketAddressError: .connectFailed
            case let error as IOError: TransportFailure.reason(of: error)
            default: .connectionReset
            }
    }

    private static func reason(of error: HTTPClientError) -> FailureReason {
        switch error {
        case .deadlineExceeded, .readTimeout, .requestStreamCancelled, .writeTimeout, .getConnectionFromPoolTimeout:
            .timeout
        case .connectTimeout: .connectFailed
        case .tlsHandshakeTimeout: .tlsFailed
        case .cancelled: .cancelled
        case .remoteConnectionClosed: .connectionReset
        default: .invalidResponse
        }
    }

    private static func reason(of error: IOError) -> FailureReason {
        error.errnoCode == 111 || error.errnoCode == 113 || error.errnoCode == 101 ? .connectFailed : .connectionReset
    }
}
