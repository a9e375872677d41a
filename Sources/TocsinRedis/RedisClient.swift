public import Logging
public import NIOCore
public import ServiceLifecycle
import Synchronization
import TocsinCore

/// A few connections to one Redis server that many callers share, kept up while ``run()`` runs.
public final class RedisClient: Service, Sendable {
    private struct State {
        var connections: [RedisConnection?]
        var turn = 0
        /// The run id of the server that the connections lead to.
        var server: String?
        var epoch = 0
        var listeners: [Int: AsyncStream<Int>.Continuation] = [:]
        var nextListener = 0
    }

    private let configuration: RedisConfiguration
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let state: Mutex<State>

    /// Makes one.
    public init(configuration: RedisConfiguration, eventLoopGroup: any EventLoopGroup, logger: Logger) {
        self.configuration = configuration
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        state = Mutex(State(connections: Array(repeating: nil, count: max(1, configuration.connections))))
    }

    /// Keeps the connections up until the task is cancelled or the service is asked to stop.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for slot in 0..<max(1, self.configuration.connections) {
                    group.addTask { await self.keepUp(slot) }
                }
            }
        }
    }

    private func keepUp(_ slot: Int) async {
        var failures = 0
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            do {
                let connection = try await RedisConnection.connect(configuration, on: eventLoopGroup.next())
                if failures > 0, slot == 0 { logger.notice("Redis is reached again") }
                failures = 0
                do {
                    adopt(connection, at: slot, server: try await connection.serverRunID())
                } catch {
                    connection.close()
                    throw error
                }
                await withTaskCancellationHandler {
                    await connection.waitUntilClosed()
                } onCancel: {
                    connection.close()
                }
                state.withLock { if $0.connections[slot] === connection { $0.connections[slot] = nil } }
            } catch {
                failures += 1
                // One voice for all connections, and a reminder now and then.
                logger.log(
                    level: slot == 0 && (failures == 1 || failures % 60 == 0) ? .warning : .debug,
                    "there is no connection to Redis; it is tried again", metadata: [LogKey.error: "\(error)"])
            }
            let pause = configuration.reconnect.delay(afterFailures: max(1, failures), using: &generator)
            try? await Task.sleep(for: pause)
        }
    }

    /// How often the server behind the address has become another one: another machine, or the same one started again.
    ///
    /// Commands that are sent after a change go to the new server alone.
    public var topologyEpoch: Int { state.withLock { $0.epoch } }

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

    /// Takes a connection into use; if it leads to another server than the others do, they are of no use any more.
    private func adopt(_ connection: RedisConnection, at slot: Int, server: String?) {
        let (epoch, listeners, stale) = state.withLock { state in
            let isNew = state.server != nil && server != state.server
            let stale = isNew ? state.connections.compactMap { $0 } : []
            if isNew {
                state.epoch += 1
                for index in state.connections.indices { state.connections[index] = nil }
            }
            state.server = server ?? state.server
            state.connections[slot] = connection
            return (state.epoch, isNew ? Array(state.listeners.values) : [], stale)
        }
        for connection in stale { connection.close() }
        for listener in listeners { listener.yield(epoch) }
    }

    /// Whether there is a connection now.
    public var isConnected: Bool { state.withLock { $0.connections.contains { $0?.isActive == true } } }

    /// Waits for a connection.
    ///
    /// - Throws: ``RedisError`` that says why there is none after `timeout`; `CancellationError`.
    public func waitUntilConnected(timeout: Duration) async throws {
        let start = ContinuousClock.now
        while !isConnected {
            guard ContinuousClock.now - start < timeout else {
                // One attempt of our own, because its error tells what the attempts in the background only log.
                try await RedisConnection.connect(configuration, on: eventLoopGroup.next()).close()
                return
            }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Sends one command.
    ///
    /// - Throws: ``RedisError``; `CancellationError` if the task was cancelled, when the command may have been carried out.
    public func send(_ command: RedisCommand) async throws -> RedisReply {
        try await next().send(command)
    }

    /// Sends commands together on one connection; they have one result each, in their order.
    ///
    /// - Throws: ``RedisError`` if the connection is lost; `CancellationError`.
    public func send(_ commands: [RedisCommand]) async throws -> [Result<RedisReply, RedisError>] {
        try await next().send(commands)
    }

    /// Runs a body with a connection of its own, for commands that block.
    ///
    /// - Throws: ``RedisError`` if no connection can be made; what the body throws.
    public func withDedicatedConnection<Value: Sendable>(
        _ body: (RedisConnection) async throws -> Value
    ) async throws -> Value {
        let connection = try await RedisConnection.connect(configuration, on: eventLoopGroup.next())
        defer { connection.close() }
        return try await body(connection)
    }

    private func next() throws -> RedisConnection {
        let connection = state.withLock { state -> RedisConnection? in
            for _ in state.connections.indices {
                state.turn = (state.turn + 1) % state.connections.count
                if let connection = state.connections[state.turn], connection.isActive { return connection }
            }
            return nil
        }
        guard let connection else { throw RedisError(.disconnected, "there is no connection to Redis at the moment") }
        return connection
    }
}
