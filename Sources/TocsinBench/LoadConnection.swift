import NIOCore

/// One keep-alive connection of the generator with at most one request in flight.
final class LoadConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// Why a request has no answer.
    enum Failure: String {
        case closed
        case malformed
        case timeout
    }

    /// Whether the connection has brought an answer.
    private(set) var hasBeenUseful = false
    private let engine: LoadEngine
    private let timeout: TimeAmount
    private var context: ChannelHandlerContext?
    private var parser = ResponseParser()
    private var received = ByteBuffer()
    private var request: LoadEngine.Request?
    private var failure: Failure = .closed

    init(engine: LoadEngine, timeout: TimeAmount) {
        self.engine = engine
        self.timeout = timeout
    }

    func send(_ request: LoadEngine.Request, bytes: ByteBuffer) {
        self.request = request
        context?.writeAndFlush(wrapOutboundOut(bytes), promise: nil)
    }

    /// Closes the connection if its request has waited too long.
    func expire(now: NIODeadline) {
        guard let request, now >= request.sent + timeout else { return }
        failure = .timeout
        context?.close(promise: nil)
    }

    func close() { context?.close(promise: nil) }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) { self.context = nil }

    func channelActive(context: ChannelHandlerContext) { engine.connected(self) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var bytes = unwrapInboundIn(data)
        if received.readableBytes > 0 {
            received.writeBuffer(&bytes)
            bytes = received
        }
        do {
            while let response = try parser.next(&bytes) { finish(response) }
            bytes.discardReadBytes()
            received = bytes
        } catch {
            failure = .malformed
            context.close(promise: nil)
        }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if let response = parser.finish() { finish(response) }
        if let lost = request {
            request = nil
            engine.failed(lost, failure)
        }
        engine.disconnected(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // A reset is an answer of the server like any other here; channelInactive counts the request that it cost.
        context.close(promise: nil)
    }

    private func finish(_ response: ResponseParser.Response) {
        guard let answered = request else {
            failure = .malformed
            context?.close(promise: nil)
            return
        }
        request = nil
        hasBeenUseful = true
        engine.answered(answered, status: response.status)
        if response.keepsAlive { engine.idle(self) } else { context?.close(promise: nil) }
    }
}
