import NIOCore
import NIOPosix
import Synchronization

/// A way over TCP to a Unix socket that can be cut as a network is: nobody is told, and nothing comes through.
///
/// What was sent while it was cut arrives when it is whole again, as TCP does it.
public final class CuttableLink: Sendable {
    private struct State {
        var isCut = false
        var channels: [any Channel] = []
    }

    private final class Pipe: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        private let partner: any Channel

        init(_ partner: any Channel) { self.partner = partner }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            partner.writeAndFlush(unwrapInboundIn(data), promise: nil)
        }

        func channelInactive(context: ChannelHandlerContext) {
            partner.close(promise: nil)
            context.fireChannelInactive()
        }

        func errorCaught(context: ChannelHandlerContext, error: any Error) {
            // Whatever breaks an end is a process's doing or the test's.
            context.close(promise: nil)
        }
    }

    private let server: any Channel
    private let state: Shared

    private final class Shared: Sendable {
        let state = Mutex(State())

        /// Takes an end into the link, whole or cut as it is.
        func add(_ channel: any Channel) -> EventLoopFuture<Void> {
            let isCut = state.withLock { state in
                state.channels.removeAll { !$0.isActive }
                state.channels.append(channel)
                return state.isCut
            }
            return channel.setOption(ChannelOptions.autoRead, value: !isCut)
        }
    }

    private init(server: any Channel, state: Shared) {
        self.server = server
        self.state = state
    }

    /// The port of loopback on which it listens.
    public var port: Int { server.localAddress?.port ?? 0 }

    /// Lays a link to a socket, which need not be there yet.
    public static func toSocket(_ path: String) async throws -> CuttableLink {
        let state = Shared()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { near in
                ClientBootstrap(group: near.eventLoop)
                    .channelInitializer { far in
                        far.eventLoop.makeCompletedFuture { try far.pipeline.syncOperations.addHandler(Pipe(near)) }
                    }
                    .connect(unixDomainSocketPath: path)
                    .flatMap { far in
                        near.eventLoop.makeCompletedFuture {
                            try near.pipeline.syncOperations.addHandler(Pipe(far))
                        }.flatMap { state.add(near) }.flatMap { state.add(far) }
                    }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        return CuttableLink(server: server, state: state)
    }

    /// Cuts it, or makes it whole.
    public func set(isCut: Bool) async {
        let channels = state.state.withLock { state in
            state.isCut = isCut
            return state.channels
        }
        for channel in channels { try? await channel.setOption(ChannelOptions.autoRead, value: !isCut).get() }
    }

    /// Ends it and all that goes through it.
    public func close() async {
        try? await server.close()
        for channel in state.state.withLock({ $0.channels }) { channel.close(promise: nil) }
    }
}
