import NIOCore
import NIOHTTP1

/// Names the whole address in a request, as a proxy wants it that is asked for a server without TLS: RFC 9112 section
/// 3.2.2.
///
/// The client that this is added to connects to the proxy, and its requests name the server in `Host`. A tunnel, which
/// the client could make itself, is refused by most proxies for port 80.
final class ForwardProxyHandler: ChannelOutboundHandler {
    typealias OutboundIn = HTTPClientRequestPart
    typealias OutboundOut = HTTPClientRequestPart

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        guard case .head(var head) = unwrapOutboundIn(data), let host = head.headers.first(name: "host") else {
            return context.write(data, promise: promise)
        }
        head.uri = "http://" + host + head.uri
        context.write(wrapOutboundOut(.head(head)), promise: promise)
    }

    /// Adds the handler to a new connection, between the client and what encodes its requests.
    @Sendable static func add(to channel: any Channel) -> EventLoopFuture<Void> {
        channel.eventLoop.makeCompletedFuture {
            let pipeline = channel.pipeline.syncOperations
            let encoder = try pipeline.handler(type: HTTPRequestEncoder.self)
            try pipeline.addHandler(ForwardProxyHandler(), position: .after(encoder))
        }
    }
}
