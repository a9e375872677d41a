import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The ledger of a sink, shared by its connections, its control requests and its owner.
final class SinkState: Sendable {
    let ledger: Mutex<SinkLedger>

    init(_ ledger: consuming SinkLedger) { self.ledger = Mutex(ledger) }
}

/// One connection of the sink: webhooks, and the control requests under `/_sink/`.
final class SinkHandler: ChannelInboundHandler {
    typealias InboundIn = HTTPServerRequestPart
    typealias OutboundOut = HTTPServerResponsePart

    private let state: SinkState
    private let maximumBody: Int
    private var head: HTTPRequestHead?
    private var body = ByteBuffer()
    private var isTooLong = false

    init(state: SinkState, maximumBody: Int) {
        self.state = state
        self.maximumBody = maximumBody
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .head(let head):
            self.head = head
            body = ByteBuffer()
            isTooLong = false
        case .body(var part):
            isTooLong = isTooLong || body.readableBytes + part.readableBytes > maximumBody
            guard !isTooLong else { return body.clear() }
            if body.readableBytes == 0 { body = part } else { body.writeBuffer(&part) }
        case .end:
            guard let head else { return }
            self.head = nil
            answer(head, context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A sender that breaks its connection is what some measurements are about; there is nobody to tell.
        context.close(promise: nil)
    }

    private func answer(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        guard !isTooLong else { return respond(413, "the body is too long\n", to: head, context) }
        guard !head.uri.hasPrefix("/_sink/") else { return control(head, context) }
        let marks = body.withUnsafeReadableBytes { WebhookScanner.scan($0) }
        let now = BenchClock.wallNanoseconds()
        let answer = state.ledger.withLock { $0.receive(marks, at: now) }
        guard answer.delayMilliseconds > 0 else { return follow(answer, head, context) }
        let loop = context.eventLoop.assumeIsolated()
        loop.scheduleTask(in: .milliseconds(Int64(answer.delayMilliseconds))) {
            if context.channel.isActive { self.follow(answer, head, context) }
        }
    }

    private func follow(_ answer: SinkProgram.Answer, _ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        switch answer.kind {
        case .status: respond(answer.status, "", to: head, retryAfter: answer.retryAfterSeconds, context)
        case .hang: break
        case .reset:
            // A socket that is closed without lingering sends RST instead of FIN.
            guard let socket = context.channel as? any SocketOptionProvider else { return context.close(promise: nil) }
            socket.setSoLinger(linger(l_onoff: 1, l_linger: 0)).assumeIsolated().whenComplete { _ in
                context.close(promise: nil)
            }
        }
    }

    private func control(_ head: HTTPRequestHead, _ context: ChannelHandlerContext) {
        do {
            switch (head.method, head.uri) {
            case (.GET, "/_sink/stats"):
                let stats = state.ledger.withLock { $0.snapshot() }
                respond(200, try BenchJSON.encode(stats), to: head, context)
            case (.GET, "/_sink/received"):
                respond(200, state.ledger.withLock { $0.received() }, to: head, context)
            case (.POST, "/_sink/reset"):
                state.ledger.withLock { $0.reset() }
                respond(204, "", to: head, context)
            case (.POST, "/_sink/program"):
                let program = try BenchJSON.decode(SinkProgram.self, from: body.readableBytesView)
                try program.check()
                state.ledger.withLock { $0.follow(program) }
                respond(204, "", to: head, context)
            default:
                respond(
                    404, "GET stats, GET received, POST program, POST reset; nothing else is here\n", to: head, context)
            }
        } catch {
            respond(400, "\(error)\n", to: head, context)
        }
    }

    private func respond(
        _ status: Int, _ text: String, to request: HTTPRequestHead, retryAfter: Int? = nil,
        _ context: ChannelHandlerContext
    ) {
        var headers = HTTPHeaders()
        if status != 204 { headers.add(name: "Content-Length", value: String(text.utf8.count)) }
        if let retryAfter { headers.add(name: "Retry-After", value: String(retryAfter)) }
        if !request.isKeepAlive { headers.add(name: "Connection", value: "close") }
        let head = HTTPResponseHead(version: .http1_1, status: .init(statusCode: status), headers: headers)
        context.write(wrapOutboundOut(.head(head)), promise: nil)
        if !text.isEmpty { context.write(wrapOutboundOut(.body(.byteBuffer(ByteBuffer(string: text)))), promise: nil) }
        let end = context.writeAndFlush(wrapOutboundOut(.end(nil)))
        if !request.isKeepAlive {
            end.assumeIsolated().whenComplete { _ in context.close(promise: nil) }
        }
    }
}
