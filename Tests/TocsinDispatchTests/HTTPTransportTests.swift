import AsyncHTTPClient
import Foundation
import NIOCore
import NIOPosix
import NIOSSL
import Testing
import TocsinCore
import TocsinIntegrations

@testable import TocsinDispatch

@Suite("HTTP transport", .timeLimit(.minutes(8)))
struct HTTPTransportTests {
    /// Answers every request with the same bytes and then says nothing more.
    private final class Stopper: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: String

        init(answer: String) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(string: answer)), promise: nil)
        }
    }

    private func reason(answering answer: String) async throws -> FailureReason? {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Stopper(answer: answer))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        let request = DeliveryRequest(
            url: Secret("http://127.0.0.1:\(server.localAddress?.port ?? 0)/"), headers: [], body: Array("{}".utf8))
        let result = try await withTransport { transport in
            await transport.send(request, of: .acme, timeout: .seconds(10), minimumTLS: .tls13)
        }
        try await server.close()
        guard case .failure(let failure) = result else { return nil }
        return failure.reason
    }

    @Test(
        "an answer that stops half-way ends in time, wherever it stops",
        arguments: ["", "HTTP/1.1 200 OK\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"])
    func stops(answer: String) async throws { #expect(try await reason(answering: answer) == .timeout) }

    @Test(
        "a whole answer is taken, with a body or without",
        arguments: ["HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\nabc"])
    func whole(answer: String) async throws { #expect(try await reason(answering: answer) == nil) }
}

@Suite("Failures of a connection")
struct TransportFailureTests {
    @Test(
        "Only without a connection has nothing arrived",
        arguments: [
            (NIOSSLError.uncleanShutdown as any Error, FailureReason.connectionReset, true),
            (NIOSSLError.noCertificateToValidate, .tlsFailed, false),
            (HTTPClientError.connectTimeout, .connectFailed, false),
            (HTTPClientError.tlsHandshakeTimeout, .tlsFailed, false),
            (HTTPClientError.deadlineExceeded, .timeout, true),
            (IOError(errnoCode: ECONNREFUSED, reason: ""), .connectFailed, false),
            (IOError(errnoCode: ECONNRESET, reason: ""), .connectionReset, true),
        ])
    func arrival(error: any Error, reason: FailureReason, mayHaveArrived: Bool) {
        let failure = TransportFailure(error)
        #expect(failure.reason == reason && failure.mayHaveArrived == mayHaveArrived)
    }
}
