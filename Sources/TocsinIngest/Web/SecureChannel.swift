import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
import Logging
import NIOCore
import NIOPosix
import NIOTLS
import TocsinConfiguration
import TocsinCore

/// Sets up an encrypted connection with what the files hold when it comes in, and HTTP of the version that both sides speak.
///
/// Hummingbird's own channels for TLS keep the certificate that they were made with.
struct SecureChannel: ServerChildChannel {
    /// A connection by its version of HTTP.
    enum Connection: Sendable {
        case http1(HTTP1Channel.Value)
        case http2(HTTP2Channel.Value)
    }

    /// A connection whose version of HTTP is still to be agreed on.
    struct Value: ServerChildChannelValue {
        let connection: EventLoopFuture<Connection>
        let channel: any Channel
    }

    private let secured: SecuredConnections
    private let http1: HTTP1Channel
    private let http2: HTTP2Channel
    private let patience: TimeAmount
    private let closing: TimeAmount

    /// - Parameters:
    ///   - patience: How long a handshake may take.
    ///   - closing: How long a client of HTTP/2 may take to leave when the server does.
    init(
        _ secured: SecuredConnections, http1: HTTP1Channel.Configuration, http2: HTTP2Channel.Configuration,
        patience: TimeAmount, closing: TimeAmount, responder: @escaping HTTPChannelHandler.Responder
    ) {
        self.secured = secured
        self.http1 = HTTP1Channel(responder: responder, configuration: http1)
        self.http2 = HTTP2Channel(responder: responder, configuration: http2)
        self.patience = patience
        self.closing = closing
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<Value> {
        let secured = secured
        return NIOThreadPool.singleton.runIfActive(eventLoop: channel.eventLoop) {
            try secured.contextForConnection()
        }.flatMap { context in
            channel.eventLoop.makeCompletedFuture { try configure(channel, context, logger) }
        }.flatMapError { error in
            // It must not fail: that would end the server and not this connection alone.
            channel.close(promise: nil)
            let value = Value(connection: channel.eventLoop.makeFailedFuture(error), channel: channel)
            return channel.eventLoop.makeSucceededFuture(value)
        }
    }

    private func configure(
        _ channel: any Channel, _ context: SecuredConnections.Context, _ logger: Logger
    ) throws -> Value {
        let pipeline = channel.pipeline.syncOperations
        try pipeline.addHandler(context.makeHandler())
        try pipeline.addHandler(
            HandshakeGuard(
                names: context.tls.clientNames, isVerified: context.verifiesClients,
                revoked: context.revoked, patience: patience,
                closing: closing))
        let agreement = NIOTypedApplicationProtocolNegotiationHandler<Connection> { result in
            if case .negotiated("h2") = result {
                return http2.setup(channel: channel, logger: logger).map { .http2($0) }
            }
            return http1.setup(channel: channel, logger: logger).map { .http1($0) }
        }
        try pipeline.addHandler(agreement)
        return Value(connection: agreement.protocolNegotiationResult, channel: channel)
    }

    func handle(value: Value, logger: Logger) async {
        do {
            switch try await value.connection.get() {
            case .http1(let connection): await http1.handle(value: connection, logger: logger)
            case .http2(let connection): await http2.handle(value: connection, logger: logger)
            }
        } catch {
            logger.debug("a connection ended before it was encrypted", metadata: [LogKey.error: "\(error)"])
        }
    }
}
