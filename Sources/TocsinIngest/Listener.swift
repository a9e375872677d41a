import HummingbirdCore
import Logging
import NIOCore
import NIOExtras
import NIOPosix
import ServiceLifecycle
import TocsinCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Listens at one address and serves its connections until the service is shut down.
///
/// Hummingbird's own server, and in addition an address may be shared by several processes.
struct Listener: Sendable {
    let host: String
    let port: Int
    /// The most connections; others wait in the kernel until one ends.
    let maxConnections: Int
    /// Whether other processes may listen at the same address (`SO_REUSEPORT`, socket(7)).
    let sharesPort: Bool
    let eventLoopGroup: any EventLoopGroup
    let logger: Logger

    /// Serves.
    ///
    /// A shutdown closes the door, lets the requests that are being served end, and closes idle connections.
    ///
    /// - Parameters:
    ///   - child: Sets up and serves a connection.
    ///   - onListening: Is told the port once connections are taken.
    func run(_ child: some ServerChildChannel, onListening: (Int) async -> Void) async throws {
        let quiescing = ServerQuiescingHelper(group: eventLoopGroup)
        let server = try await bootstrap(quiescing).bind(host: host, port: port, serverBackPressureStrategy: nil) {
            child.setup(channel: $0, logger: logger)
        }
        await withGracefulShutdownHandler {
            await onListening(server.channel.localAddress?.port ?? port)
            await withDiscardingTaskGroup { group in
                do {
                    try await server.executeThenClose { connections in
                        for try await connection in connections {
                            group.addTask { await child.handle(value: connection, logger: logger) }
                        }
                    }
                } catch {
                    logger.error("no more connections are taken", metadata: [LogKey.error: "\(error)"])
                }
            }
        } onGracefulShutdown: {
            quiescing.initiateShutdown(promise: nil)
        }
    }

    private func bootstrap(_ quiescing: ServerQuiescingHelper) -> ServerBootstrap {
        let (maximum, logger) = (maxConnections, logger)
        let bootstrap = ServerBootstrap(group: eventLoopGroup)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.allowRemoteHalfClosure, value: true)
            .serverChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.addHandler(
                        AvailableConnectionsChannelHandler(
                            delegate: MaximumAvailableConnections(maximum, logger: logger)))
                    try pipeline.addHandler(quiescing.makeServerChannelHandler(channel: channel))
                }
            }
        guard sharesPort else { return bootstrap }
        return bootstrap.serverChannelOption(
            .socketOption(NIOBSDSocket.Option(rawValue: SO_REUSEPORT)), value: 1)
    }
}
