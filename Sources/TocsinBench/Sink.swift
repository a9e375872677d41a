import NIOCore
import NIOHTTP1
import NIOPosix
import Synchronization

/// The receiver of a measurement: takes webhooks, answers as it is told, and counts what arrives.
///
/// It also serves its own control requests, so that it can run as a process of its own: `GET /_sink/stats`,
/// `GET /_sink/received`, `POST /_sink/program` and `POST /_sink/reset`.
public struct Sink: Sendable {
    /// Where to listen and how to answer.
    public struct Options: Sendable {
        /// The address to listen at.
        public var host = "127.0.0.1"
        /// The port; 0 takes a free one.
        public var port = 0
        /// How webhooks are answered.
        public var program = SinkProgram()
        /// How many different alerts are kept apart; later ones are only counted.
        ///
        /// One takes about 150 bytes.
        public var maximumAlerts = 5_000_000
        /// The longest body that is read.
        public var maximumBody = 64 * 1024 * 1024

        /// On loopback, accepting everything.
        public init() {}
    }

    private let options: Options
    private let state: SinkState

    /// A sink, ready to run.
    ///
    /// - Throws: ``BenchError`` if the program cannot be followed.
    public init(options: Options = Options()) throws {
        try options.program.check()
        self.options = options
        state = SinkState(SinkLedger(program: options.program, maximumEntries: options.maximumAlerts))
    }

    /// What has arrived so far.
    public var stats: SinkStats { state.ledger.withLock { $0.snapshot() } }

    /// Every alert that has arrived, one line of JSON each.
    public var received: String { state.ledger.withLock { $0.received() } }

    /// Forgets what has arrived.
    public func reset() { state.ledger.withLock { $0.reset() } }

    /// Answers otherwise from the next request on.
    ///
    /// - Throws: ``BenchError`` if the program cannot be followed; the old one stays then.
    public func follow(_ program: SinkProgram) throws {
        try program.check()
        state.ledger.withLock { $0.follow(program) }
    }

    /// Serves until the task is cancelled; then closes and returns.
    ///
    /// - Parameter onListening: told the port as soon as webhooks can come.
    /// - Throws: ``BenchError`` `listen_failed` if the port is taken.
    public func run(onListening: @Sendable (Int) async throws -> Void = { _ in }) async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            try await serve(on: group, onListening)
        } catch {
            // The first error is the one that matters; a group that cannot close is only a leak of one thread.
            try? await group.shutdownGracefully()
            throw error
        }
        try await group.shutdownGracefully()
    }

    private func serve(
        on group: MultiThreadedEventLoopGroup, _ onListening: @Sendable (Int) async throws -> Void
    ) async throws {
        let (state, maximumBody) = (state, options.maximumBody)
        let bootstrap = ServerBootstrap(group: group)
            .serverChannelOption(.backlog, value: 1024)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelOption(.socketOption(.tcp_nodelay), value: 1)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: true)
                    try pipeline.addHandler(SinkHandler(state: state, maximumBody: maximumBody))
                }
            }
        let server: any Channel
        do {
            server = try await bootstrap.bind(host: options.host, port: options.port).get()
        } catch {
            throw BenchError(
                code: "listen_failed", message: "cannot listen at \(options.host):\(options.port): \(error)")
        }
        try await withTaskCancellationHandler {
            try await onListening(server.localAddress?.port ?? options.port)
            try await server.closeFuture.get()
        } onCancel: {
            server.close(promise: nil)
        }
    }
}
