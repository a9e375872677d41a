import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// A whole request and the connection on which it is to be answered.
struct FakeExchange: Sendable {
    let channel: any Channel
    let connection: Int
    let head: HTTPRequestHead
    let body: [UInt8]
}

/// Puts the requests of one connection together and hands them to the receiver.
final class FakeConnection: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart

    private let number: Int
    private let exchanges: AsyncStream<FakeExchange>.Continuation
    private var head: HTTPRequestHead?
    private var body: [UInt8] = []

    init(number: Int, exchanges: AsyncStream<FakeExchange>.Continuation) {
        self.number = number
        self.exchanges = exchanges
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let received): (head, body) = (received, [])
        case .body(let bytes): body.append(contentsOf: bytes.readableBytesView)
        case .end:
            guard let head else { return }
            self.head = nil
            exchanges.yield(FakeExchange(channel: context.channel, connection: number, head: head, body: body))
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Whatever breaks a connection is the client's doing or the test's.
        context.close(promise: nil)
    }
}

extension FakeAnswer {
    /// Does with a connection what the answer says.
    func send(over channel: any Channel, to request: HTTPRequestHead) async throws {
        switch kind {
        case .whole:
            write(Array(body), to: channel)
            try await channel.writeAndFlush(HTTPServerResponsePart.end(nil)).get()
            if !request.isKeepAlive { try await channel.close().get() }
        case .half(let bytes):
            write(Array(body.prefix(bytes)), to: channel)
            channel.flush()
            try await FakeAnswer.cut(channel, withReset: false)
        case .hang:
            // Ends by cancellation, with the receiver.
            try await Task.sleep(for: .seconds(86_400))
        case .reset:
            try await FakeAnswer.cut(channel, withReset: true)
        }
    }

    private func write(_ bytes: [UInt8], to channel: any Channel) {
        var headers = HTTPHeaders(headers.map { ($0.key, $0.value) })
        if status != 204, !headers.contains(name: "Content-Length") {
            headers.add(name: "Content-Length", value: String(body.count))
        }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
        channel.write(HTTPServerResponsePart.head(head), promise: nil)
        if !bytes.isEmpty {
            channel.write(HTTPServerResponsePart.body(.byteBuffer(ByteBuffer(bytes: bytes))), promise: nil)
        }
    }

    /// Closes the socket itself, past TLS, which would first say good-bye; with RST instead of FIN if asked to.
    private static func cut(_ channel: any Channel, withReset: Bool) async throws {
        if withReset, let socket = channel as? any SocketOptionProvider {
            try await socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).get()
        }
        try await channel.eventLoop.submit {
            if let security = try? channel.pipeline.syncOperations.context(handlerType: NIOSSLServerHandler.self) {
                security.close(promise: nil)
            } else {
                channel.close(promise: nil)
            }
        }.get()
    }
}
