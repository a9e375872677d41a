import NIOCore
import NIOSSL

/// Sends commands and hands out replies on a connection's event loop.
///
/// Commands that are written during one turn of the loop leave in one flush.
final class RedisChannelHandler: ChannelDuplexHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundIn = Never
    typealias OutboundOut = ByteBuffer

    private let maximumCommands: Int
    private let reader: ReplyReader
    private var pending = PendingReplies()
    private var context: ChannelHandlerContext?
    private var failure: RedisError?
    private var isFlushScheduled = false
    private var watchdog: Scheduled<Void>?
    private let liveness: ConnectionLiveness

    init(maximumReplyBytes: Int, maximumCommands: Int, liveness: ConnectionLiveness) {
        self.maximumCommands = maximumCommands
        self.liveness = liveness
        reader = ReplyReader(maximumBytes: maximumReplyBytes)
    }

    func handlerAdded(context: ChannelHandlerContext) { self.context = context }

    func handlerRemoved(context: ChannelHandlerContext) {
        fail(RedisError(.disconnected, "the connection to Redis was closed"), context: context)
        self.context = nil
    }

    /// Sends commands and calls back once all their replies have come, or none will.
    func send(
        _ commands: [RedisCommand], id: UInt64, timeout: TimeAmount,
        completion: @escaping (PendingReplies.Answer) -> Void
    ) {
        guard let context, failure == nil, context.channel.isActive else {
            completion(.failure(RedisError(.disconnected, "there is no connection to Redis")))
            return
        }
        guard pending.commands + commands.count <= maximumCommands else {
            completion(
                .failure(
                    RedisError(.queueFull, "more than \(maximumCommands) commands wait for Redis on one connection")))
            return
        }
        var buffer = context.channel.allocator.buffer(
            capacity: commands.reduce(0) { $0 + $1.arguments.count + 16 })
        for command in commands {
            buffer.writeString(command.head)
            buffer.writeBytes(command.arguments)
        }
        pending.append(
            .init(id: id, missing: commands.count, deadline: .now() + timeout, completion: completion))
        context.write(wrapOutboundOut(buffer), promise: nil)
        scheduleFlush(context)
        watch(context)
    }

    /// Lets a caller go that no longer wants its replies.
    func cancel(_ id: UInt64) { pending.cancel(id)?(.failure(CancellationError())) }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let buffer = unwrapInboundIn(data)
        do throws(RedisError) {
            try feed(buffer)
            var demotion: RedisError?
            while let reply = try reader.next() {
                // A server that has become a replica takes no writes: the name may lead to the new master by now.
                if let error = reply.error, error.kind == .readOnly || error.kind == .masterDown { demotion = error }
                if let done = try pending.take(reply) { done.completion(done.answer) }
            }
            if let demotion { throw demotion }
        } catch {
            fail(error, context: context)
        }
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        let reason =
            error is NIOSSLError || error is BoringSSLError || error is NIOSSLExtraError
            ? RedisError(.tlsFailed, "TLS with Redis failed; check the CA file and the server's name")
            : RedisError(.disconnected, "the connection to Redis broke")
        fail(reason, context: context)
    }

    func channelInactive(context: ChannelHandlerContext) {
        fail(RedisError(.disconnected, "the connection to Redis was closed"), context: context)
        context.fireChannelInactive()
    }

    private func feed(_ buffer: ByteBuffer) throws(RedisError) {
        let result = buffer.withUnsafeReadableBytes { bytes -> Result<Void, RedisError> in
            do throws(RedisError) {
                return .success(try reader.feed(bytes))
            } catch {
                return .failure(error)
            }
        }
        try result.get()
    }

    private func fail(_ error: RedisError, context: ChannelHandlerContext) {
        guard failure == nil else { return }
        failure = error
        liveness.end()
        watchdog?.cancel()
        let completions = pending.drain()
        // Closed first, so that nobody who is told now chooses this connection again.
        context.close(promise: nil)
        for completion in completions { completion(.failure(error)) }
    }

    private func scheduleFlush(_ context: ChannelHandlerContext) {
        guard !isFlushScheduled else { return }
        isFlushScheduled = true
        context.eventLoop.assumeIsolated().execute {
            self.isFlushScheduled = false
            self.context?.flush()
        }
    }

    /// Replies come in order: when the oldest caller's time is up, the connection is stuck, and with it all others.
    private func watch(_ context: ChannelHandlerContext) {
        guard watchdog == nil, failure == nil, let deadline = pending.nextDeadline else { return }
        watchdog = context.eventLoop.assumeIsolated().scheduleTask(deadline: deadline) {
            self.watchdog = nil
            guard let context = self.context, let oldest = self.pending.nextDeadline else { return }
            if oldest <= .now() {
                self.fail(RedisError(.timeout, "Redis did not answer in time"), context: context)
            } else {
                self.watch(context)
            }
        }
    }
}
