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
        if minimumTLS != .tlsv13 {
            message.tlsConfiguration = HTTPTransport.tls(minimum: minimumTLS, trustRoots: extraTrustRoots)
        }
        return await within(timeout, message)
    }

    /// The client's own deadline ends with the head of the response; a body that drips would hold a slot for ever.
    private func within(
        _ timeout: Duration, _ message: HTTPClientRequest
    ) async -> Result<DeliveryResponse, TransportFailure> {
        let limit = NIODeadline.now() + .milliseconds(max(1, timeout.milliseconds))
        return await withTaskGroup(of: Result<DeliveryResponse, TransportFailure>?.self) { group in
            group.addTask { await exchange(message, deadline: limit) }
            group.addTask {
                try? await Task.sleep(for: timeout + .milliseconds(50))
                return Task.isCancelled ? nil : .failure(.timedOut)
            }
            let first = await group.next() ?? nil
            group.cancelAll()
            // Without an answer of either, the caller itself was cancelled.
            return first ?? .failure(TransportFailure(CancellationError()))
        }
    }

    private func exchange(
        _ message: HTTPClientRequest, deadline: NIODeadline
    ) async -> Result<DeliveryResponse, TransportFailure> {
        do {
            let response = try await client.execute(message, deadline: deadline)
            var body: [UInt8] = []
            for try await chunk in response.body {
                body.append(contentsOf: chunk.readableBytesView.prefix(HTTPTransport.maximumResponseBytes - body.count))
                if body.count >= HTTPTransport.maximumResponseBytes { break }
            }
            return .success(
                DeliveryResponse(
                    status: Int(response.status.code),
                    headers: response.headers.map { ($0.name.lowercased(), $0.value) }, body: body))
        } catch {
            return .failure(TransportFailure(error))
        }
    }
}

/// Why there is no response.
struct TransportFailure: Error {
    let reason: FailureReason

    /// The whole exchange, the body included, took longer than it may.
    static let timedOut = TransportFailure(reason: .timeout)

    private init(reason: FailureReason) { self.reason = reason }

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
