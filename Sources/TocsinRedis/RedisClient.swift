public import Logging
public import NIOCore
public import ServiceLifecycle
import Synchronization
import TocsinCore

/// A few connections to Redis that many callers share, kept up while ``run()`` runs.
///
/// Whoever is master is followed: another server behind the same address, the one that Sentinels name, or the servers of a
/// cluster that have the keys.
public final class RedisClient: Service, Sendable {
    private struct State {
        var layout: ServerLayout?
        var pools: [RedisConfiguration.Endpoint: ServerPool] = [:]
        var hadLayout = false
        /// Why there is no connection, as far as it is known.
        var problem: RedisError?
        var epoch = 0
        var listeners: [Int: AsyncStream<Int>.Continuation] = [:]
        var nextListener = 0
    }

    let configuration: RedisConfiguration
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let state = Mutex(State())
    private let doubts = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))

    /// Makes one.
    public init(configuration: RedisConfiguration, eventLoopGroup: any EventLoopGroup, logger: Logger) {
        self.configuration = configuration
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
    }

    /// Keeps the connections up until the task is cancelled or the service is asked to stop.
    public func run() async throws {
        let (layouts, announce) = AsyncStream.makeStream(
            of: ServerLayout?.self, bufferingPolicy: .bufferingNewest(1))
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                group.addTask { await self.watch(announce) }
                for await layout in layouts {
                    for pool in self.adopt(layout) { group.addTask { await pool.run() } }
                }
                group.cancelAll()
            }
        }
    }

    private func watch(_ announce: AsyncStream<ServerLayout?>.Continuation) async {
        switch configuration.servers {
        case .one(let endpoint): announce.yield(ServerLayout(endpoint))
        case .sentinels(let sentinels):
            let watch = SentinelWatch(
                sentinels, configuration: configuration, eventLoopGroup: eventLoopGroup, logger: logger,
                announce: announce)
            await watch.run()
        case .cluster(let seeds):
            let watch = ClusterWatch(
                seeds, configuration: configuration, eventLoopGroup: eventLoopGroup, logger: logger,
                announce: announce)
            await watch.run(doubts.stream, doubt: doubts.continuation)
        }
    }

    /// Takes a layout into use.
    ///
    /// - Returns: The pools that are new and must be run.
    private func adopt(_ layout: ServerLayout?) -> [ServerPool] {
        let (new, gone) = state.withLock { state in
            let wanted = Set(layout?.servers ?? [])
            let gone = state.pools.filter { !wanted.contains($0.key) }.map(\.value)
            let new = wanted.subtracting(state.pools.keys).map { pool(for: $0, isSuccessor: state.hadLayout) }
            state.layout = layout
            state.hadLayout = state.hadLayout || layout != nil
            for pool in gone { state.pools[pool.endpoint] = nil }
            for pool in new { state.pools[pool.endpoint] = pool }
            return (new, gone)
        }
        for pool in gone { pool.stop() }
        return new
    }

    private func pool(for endpoint: RedisConfiguration.Endpoint, isSuccessor: Bool) -> ServerPool {
        ServerPool(
            endpoint, configuration: configuration, isSuccessor: isSuccessor, eventLoopGroup: eventLoopGroup,
            logger: logger
        ) { [weak self] event in
            switch event {
            case .newMaster: self?.beginEpoch()
            case .reached: self?.state.withLock { $0.problem = nil }
            case .lost(let problem):
                if let problem { self?.state.withLock { $0.problem = problem } }
                self?.doubt()
            }
        }
    }

    /// Has the layout looked at again, because something speaks against it.
    public func doubt() { doubts.continuation.yield() }

    /// How often a master has been replaced: by another machine, or by the same one started again.
    ///
    /// Commands that are sent after a change go to the new master alone.
    public var topologyEpoch: Int { state.withLock { $0.epoch } }

    private func beginEpoch() {
        let (epoch, listeners) = state.withLock { state in
            state.epoch += 1
            return (state.epoch, Array(state.listeners.values))
        }
        for listener in listeners { listener.yield(epoch) }
    }

    /// The numbers of ``topologyEpoch`` as they change; of several that nobody has looked at, the last.
    public func masterChanges() -> AsyncStream<Int> {
        let (stream, continuation) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingNewest(1))
        let number = state.withLock { state in
            state.nextListener += 1
            state.listeners[state.nextListener] = continuation
            return state.nextListener
        }
        continuation.onTermination = { [weak self] _ in
            self?.state.withLock { _ = $0.listeners.removeValue(forKey: number) }
        }
        return stream
    }

    /// Whether there is a connection now; in a cluster, to any of its servers.
    public var isConnected: Bool { state.withLock { Array($0.pools.values) }.contains { $0.isConnected } }

    /// The masters, as far as they are known.
    public var servers: [RedisConfiguration.Endpoint] { state.withLock { $0.layout?.servers ?? [] } }

    /// Waits for a connection; in a cluster, to each of its servers.
    ///
    /// - Throws: ``RedisError`` that says why there is none after `timeout`; `CancellationError`.
    public func waitUntilConnected(timeout: Duration) async throws {
        let start = ContinuousClock.now
        while true {
            let (pools, problem) = state.withLock { (Array($0.pools.values), $0.problem) }
            if !pools.isEmpty, pools.allSatisfy(\.isConnected) { return }
            guard ContinuousClock.now - start < timeout else { throw problem ?? noConnection() }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Sends one command.
    ///
    /// - Throws: ``RedisError``; `CancellationError` if the task was cancelled, when the command may have been carried out.
    public func send(_ command: RedisCommand) async throws -> RedisReply {
        guard configuration.isClustered else { return try await connection(for: nil).send(command) }
        return try await sendWithRedirects(command)
    }

    /// Sends commands together, to each server over one connection; they have one result each, in their order.
    ///
    /// - Throws: ``RedisError`` if the connection is lost; `CancellationError`. Where a cluster's servers have the keys, the
    ///   results of one that is lost say so instead.
    public func send(_ commands: [RedisCommand]) async throws -> [Result<RedisReply, RedisError>] {
        guard configuration.isClustered else { return try await connection(for: nil).send(commands) }
        return try await sendSpread(commands)
    }

    /// Sends one command to a server, whatever its keys.
    ///
    /// - Throws: ``RedisError``; `CancellationError`.
    public func send(_ command: RedisCommand, to server: RedisConfiguration.Endpoint) async throws -> RedisReply {
        guard let connection = state.withLock({ $0.pools[server] })?.connection() else { throw noConnection() }
        return try await connection.send(command)
    }

    /// Makes a connection of the caller's own to a server; it closes it.
    ///
    /// - Throws: ``RedisError`` if no connection can be made.
    public func connect(to server: RedisConfiguration.Endpoint) async throws -> RedisConnection {
        try await RedisConnection.connect(configuration, to: server, on: eventLoopGroup.next())
    }

    /// Runs a body with a connection of its own, for commands that block.
    ///
    /// - Parameter key: A key of those commands; all of them must be where it is.
    /// - Throws: ``RedisError`` if no connection can be made; what the body throws.
    public func withDedicatedConnection<Value: Sendable>(
        for key: String, _ body: (RedisConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await connect(to: server(of: key))
        defer { connection.close() }
        return try await body(connection)
    }

    /// The server that has a key.
    ///
    /// - Throws: ``RedisError`` of kind `masterUnknown` if it is not known.
    public func server(of key: String) throws -> RedisConfiguration.Endpoint {
        try server(of: Array(key.utf8)[...])
    }

    /// The server to which a command goes.
    ///
    /// - Throws: ``RedisError`` of kind `masterUnknown` if it is not known.
    public func server(of command: RedisCommand) throws -> RedisConfiguration.Endpoint {
        try server(of: configuration.isClustered ? command.key : nil)
    }

    func server(of key: ArraySlice<UInt8>?) throws -> RedisConfiguration.Endpoint {
        let (layout, problem) = state.withLock { ($0.layout, $0.problem) }
        guard let server = layout?.server(of: key) else {
            throw RedisError(.masterUnknown, problem?.message ?? masterUnknown)
        }
        return server
    }

    func connection(for key: ArraySlice<UInt8>?) throws -> RedisConnection {
        let pool = state.withLock { state in
            state.layout?.server(of: key).flatMap { state.pools[$0] }
        }
        guard let connection = pool?.connection() else { throw noConnection() }
        return connection
    }

    /// A connection to a server that a cluster has named; `nil` if there is none yet.
    func connection(to server: RedisConfiguration.Endpoint) -> RedisConnection? {
        state.withLock { $0.pools[server] }?.connection()
    }

    private func noConnection() -> RedisError {
        if case .one = configuration.servers {
        } else if servers.isEmpty {
            return RedisError(.masterUnknown, masterUnknown)
        }
        return RedisError(.disconnected, "there is no connection to Redis at the moment")
    }

    private var masterUnknown: String {
        switch configuration.servers {
        case .one: "Redis has not been reached yet"
        case .sentinels(let sentinels):
            "of \(sentinels.addresses.count) Sentinels, fewer than half plus one say which server is the master "
                + "\(sentinels.master): are they running, and is that its name?"
        case .cluster: "no server of the Redis cluster says which of them has which keys: are they running?"
        }
    }
}
