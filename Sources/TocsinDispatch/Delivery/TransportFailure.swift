import AsyncHTTPClient
import NIOCore
import NIOPosix
import NIOSSL
import TocsinIntegrations

/// Why there is no response, and what follows from it.
struct TransportFailure: Error {
    let reason: FailureReason
    let outcome: DeliveryOutcome
    /// Whether the receiver may have what was sent: only without a connection it certainly has not.
    let mayHaveArrived: Bool

    /// What may be otherwise at the next attempt.
    init(retrying reason: FailureReason, mayHaveArrived: Bool? = nil) {
        self.reason = reason
        self.mayHaveArrived = mayHaveArrived ?? ![.connectFailed, .tlsFailed].contains(reason)
        outcome = .retry(after: nil, reason: reason)
    }

    /// What stays until somebody changes the receiver.
    init(disabling reason: FailureReason) {
        self.reason = reason
        mayHaveArrived = false
        outcome = .disable(reason: reason)
    }

    init(_ failure: CredentialFailure) {
        reason = failure.reason
        mayHaveArrived = false
        outcome = failure.outcome
    }

    init(_ error: any Error) {
        switch error {
        case let failure as TransportFailure: self = failure
        case let failure as CredentialFailure: self.init(failure)
        case is CancellationError: self.init(retrying: .cancelled)
        case let error as HTTPClientError: self.init(retrying: TransportFailure.reason(of: error))
        // TLS worked until the connection broke off: what was sent may be there.
        case NIOSSLError.uncleanShutdown: self.init(retrying: .connectionReset)
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError: self.init(retrying: .tlsFailed)
        case is NIOConnectionError, is SocketAddressError: self.init(retrying: .connectFailed)
        case let error as IOError: self.init(retrying: TransportFailure.reason(of: error))
        default: self.init(retrying: .connectionReset)
        }
    }

    private static func reason(of error: HTTPClientError) -> FailureReason {
        switch error {
        case .deadlineExceeded, .readTimeout, .requestStreamCancelled, .writeTimeout, .getConnectionFromPoolTimeout,
            .httpProxyHandshakeTimeout, .socksHandshakeTimeout:
            .timeout
        case .connectTimeout: .connectFailed
        case .tlsHandshakeTimeout: .tlsFailed
        case .cancelled: .cancelled
        case .remoteConnectionClosed: .connectionReset
        case .proxyAuthenticationRequired: .proxyRefused("the proxy wants another user or password")
        case .invalidProxyResponse: .proxyRefused("the proxy would not connect to the server")
        default: .invalidResponse
        }
    }

    private static func reason(of error: IOError) -> FailureReason {
        error.errnoCode == 111 || error.errnoCode == 113 || error.errnoCode == 101 ? .connectFailed : .connectionReset
    }
}
