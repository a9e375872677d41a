import NIOCore
import NIOSSL
import NIOTLS

/// Watches over a connection until it is encrypted, and lets nobody pass whose certificate has a wrong name.
///
/// Before that there is no HTTP that could end a connection which says nothing, so this does. It stays with one of HTTP/2,
/// whose client is asked to leave when the server does, and may not answer.
final class HandshakeGuard: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = ByteBuffer

    private let names: [String]?
    private let isVerified: Bool
    private let revoked: RevocationList.Contents
    private let patience: TimeAmount
    private let closing: TimeAmount
    private var isEncrypted = false
    private var deadline: Scheduled<Void>?

    /// - Parameters:
    ///   - names: Alternative names of which the client's certificate must have one; `nil` for any.
    ///   - isVerified: Whether a certificate that is shown was signed by an authority of the door.
    ///   - revoked: Certificates that their authorities have taken back.
    ///   - patience: How long the handshake may take.
    ///   - closing: How long a client of HTTP/2 may take to leave.
    init(
        names: [String]?, isVerified: Bool, revoked: RevocationList.Contents, patience: TimeAmount, closing: TimeAmount
    ) {
        self.names = names
        self.isVerified = isVerified
        self.revoked = revoked
        self.patience = patience
        self.closing = closing
    }

    func handlerAdded(context: ChannelHandlerContext) { close(context.channel, in: patience) }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }

    private func close(_ channel: any Channel, in time: TimeAmount) {
        deadline?.cancel()
        deadline = channel.eventLoop.scheduleTask(in: time) { channel.close(promise: nil) }
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        if event is ChannelShouldQuiesceEvent {
            // A server that is being shut down waits for nobody who has not asked for anything yet.
            guard isEncrypted else { return context.close(promise: nil) }
            close(context.channel, in: closing)
        }
        guard case .handshakeCompleted(let version)? = event as? TLSUserEvent else {
            context.fireUserInboundEventTriggered(event)
            return
        }
        isEncrypted = true
        deadline?.cancel()
        let certificate = try? context.pipeline.syncOperations.handler(type: NIOSSLServerHandler.self).peerCertificate
        let shown = certificate?.alternativeNames
        guard isWelcome(shown), certificate.map(revoked.isRevoked) != true else {
            context.close(promise: nil)
            return
        }
        if isVerified, let shown {
            try? context.pipeline.syncOperations.addHandler(VerifiedPeer(names: shown), position: .after(self))
        }
        context.fireUserInboundEventTriggered(event)
        if version != "h2" { context.pipeline.syncOperations.removeHandler(self, promise: nil) }
    }

    private func isWelcome(_ shown: [String]?) -> Bool {
        guard let names else { return true }
        return shown?.contains { names.contains($0) } == true
    }
}

extension NIOSSLCertificate {
    /// Hosts, mail addresses, IP addresses and URIs that the certificate is for.
    var alternativeNames: [String] {
        _subjectAlternativeNames().compactMap { name in
            switch name.nameType {
            case .dnsName, .email, .uri: return String(validating: name.contents, as: UTF8.self)
            case .ipAddress:
                let bytes = ByteBuffer(bytes: name.contents)
                return (try? SocketAddress(packedIPAddress: bytes, port: 0))?.ipAddress
            default: return nil
            }
        }
    }
}
