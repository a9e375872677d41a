import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import TocsinCore
import TocsinIntegrations

/// Sends e-mail, one connection a message, and tells every way in which that can fail apart.
struct SMTPTransport: Sendable {
    let group: any EventLoopGroup
    let extraTrustRoots: [NIOSSLCertificate]
    let names: GuardedNames

    /// Sends a message.
    ///
    /// - Returns: The server's reply as a response with the reply's code, or the outcome that follows from there being none.
    func send(
        _ message: [UInt8], to envelope: SMTPEnvelope, tls: ClientTLS, minimumTLS: ClientTLS.Version, timeout: Duration
    ) async -> Result<DeliveryResponse, TransportFailure> {
        let arrival = Arrival()
        do {
            let context = try NIOSSLContext(
                configuration: try tls.configuration(minimum: minimumTLS, trustRoots: extraTrustRoots))
            let reply = try await withThrowingTaskGroup(of: SMTPReply.self) { group in
                group.addTask { try await converse(message, envelope, context, tls.serverName, arrival) }
                group.addTask {
                    try await Task.sleep(for: timeout)
                    throw TimedOut()
                }
                defer { group.cancelAll() }
                guard let reply = try await group.next() else { throw CancellationError() }
                return reply
            }
            return .success(
                SMTPTransport.response(reply.code, step: "message", text: reply.lines.joined(separator: "\n")))
        } catch let refusal as SMTPSession.Refusal {
            return .success(SMTPTransport.response(refusal.code, step: refusal.step, text: ""))
        } catch {
            return .failure(SMTPTransport.failure(error, mayHaveArrived: await arrival.mayHaveArrived))
        }
    }

    /// Whether the message may have reached the server, for when the conversation breaks off.
    private actor Arrival {
        var mayHaveArrived = false

        func note(_ value: Bool) { mayHaveArrived = value }
    }

    private func converse(
        _ message: [UInt8], _ envelope: SMTPEnvelope, _ context: NIOSSLContext, _ serverName: String?,
        _ arrival: Arrival
    ) async throws -> SMTPReply {
        let name = serverName ?? (SMTPTransport.isAddress(envelope.host) ? nil : envelope.host)
        let isImplicit = envelope.security == .implicit
        try await names.check(envelope.host)
        let channel = try await ClientBootstrap(group: group).connectTimeout(.seconds(10)).connect(
            host: envelope.host, port: envelope.port
        ) { channel in
            channel.eventLoop.makeCompletedFuture {
                if isImplicit {
                    try channel.pipeline.syncOperations.addHandler(
                        try NIOSSLClientHandler(context: context, serverHostname: name))
                }
                try channel.pipeline.syncOperations.addHandler(ByteToMessageHandler(SMTPReplyDecoder()))
                return try NIOAsyncChannel<SMTPReply, ByteBuffer>(wrappingChannelSynchronously: channel)
            }
        }
        return try await channel.executeThenClose { inbound, outbound in
            try await names.check(channel.channel).get()
            var session = SMTPSession(
                envelope, channel: channel.channel, replies: inbound.makeAsyncIterator(), outbound: outbound)
            do {
                return try await session.send(message) {
                    let channel = channel.channel
                    try await channel.eventLoop.submit {
                        try channel.pipeline.syncOperations.addHandler(
                            try NIOSSLClientHandler(context: context, serverHostname: name), position: .first)
                    }.get()
                }
            } catch {
                await arrival.note(session.mayHaveArrived)
                throw error
            }
        }
    }

    private static func isAddress(_ host: String) -> Bool { (try? SocketAddress(ipAddress: host, port: 0)) != nil }

    private static func response(_ code: Int, step: String, text: String) -> DeliveryResponse {
        DeliveryResponse(status: code, headers: [(name: "step", value: step)], body: Array(text.utf8))
    }

    private static func failure(_ error: any Error, mayHaveArrived: Bool) -> TransportFailure {
        switch error {
        case let failure as TransportFailure: failure
        case is CancellationError: TransportFailure(retrying: .cancelled, mayHaveArrived: mayHaveArrived)
        case NIOSSLError.uncleanShutdown: TransportFailure(retrying: .connectionReset, mayHaveArrived: mayHaveArrived)
        case is NIOSSLError, is BoringSSLError, is NIOSSLExtraError:
            TransportFailure(retrying: .tlsFailed, mayHaveArrived: mayHaveArrived)
        case is NIOConnectionError, is SocketAddressError: TransportFailure(retrying: .connectFailed)
        case is TimedOut: TransportFailure(retrying: .timeout, mayHaveArrived: mayHaveArrived)
        case is SMTPReplyDecoder.Malformed:
            TransportFailure(retrying: .invalidResponse, mayHaveArrived: mayHaveArrived)
        default: TransportFailure(retrying: .connectionReset, mayHaveArrived: mayHaveArrived)
        }
    }

    private struct TimedOut: Error {}
}
