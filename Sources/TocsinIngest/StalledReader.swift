import NIOCore
import NIOHTTPTypes

/// Ends a connection whose client asks for something and does not read the answer.
///
/// An answer that is written as it is read holds a place among the lists that are made at once; without this a few clients
/// that stopped reading would hold all of them for ever.
final class StalledReader: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTPRequestPart

    private let patience: TimeAmount
    private var deadline: Scheduled<Void>?

    private let isStream: Bool

    /// - Parameters:
    ///   - patience: How long nothing of what waits may be read.
    ///   - isStream: Whether it watches over a stream of HTTP/2, of which nobody can say how much waits: it has to have room
    ///     again in that time.
    init(patience: TimeAmount, isStream: Bool) {
        self.patience = patience
        self.isStream = isStream
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        deadline?.cancel()
        deadline = nil
        if !context.channel.isWritable { watch(context.channel, waiting: waiting(in: context.channel)) }
        context.fireChannelWritabilityChanged()
    }

    /// Looks again later: a large part may take long on a slow line, and is read all the same.
    private func watch(_ channel: any Channel, waiting before: Int) {
        let this = NIOLoopBound(self, eventLoop: channel.eventLoop)
        deadline = channel.eventLoop.scheduleTask(in: patience) {
            let now = this.value.waiting(in: channel)
            guard now < before else { return channel.close(promise: nil) }
            this.value.watch(channel, waiting: now)
        }
    }

    /// How many bytes the connection has that its client has not read, as far as that is known.
    private func waiting(in channel: any Channel) -> Int {
        isStream ? .max : (try? channel.syncOptions?.getOption(.bufferedWritableBytes)) ?? .max
    }

    func channelInactive(context: ChannelHandlerContext) {
        deadline?.cancel()
        context.fireChannelInactive()
    }

    func handlerRemoved(context: ChannelHandlerContext) { deadline?.cancel() }
}
