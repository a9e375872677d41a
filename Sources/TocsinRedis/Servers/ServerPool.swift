import Logging
import NIOCore
import Synchronization
import TocsinCore

/// The connections to one server that many callers share, kept up while ``run()`` runs.
final class ServerPool: Sendable {
    /// What a pool tells its client.
    enum Event: Sendable {
        /// Another master answers at the address, or the first one of an address that is new.
        case newMaster
        /// There is a connection again, or for the first time.
        case reached
        /// A connection has ended, or could not be made; why, in the latter case.
        case lost(RedisError?)
    }

    private struct State {
        var connections: [RedisConnection?]
        var turn = 0
        var identity: String?
        var isNew: Bool
        var hasEnded = false
    }

    let endpoint: RedisConfiguration.Endpoint
    private let configuration: RedisConfiguration
    private let eventLoopGroup: any EventLoopGroup
    private let logger: Logger
    private let tell: @Sendable (Event) -> Void
    private let state: Mutex<State>
    private let end: (stream: AsyncStream<Void>, continuation: AsyncStream<Void>.Continuation)

    /// - Parameters:
    ///   - isSuccessor: Whether there was another master before, so that the first one here is a new one.
    ///   - tell: Called with what happens; before a connection of a new master is used, and after all older ones are not.
    init(
        _ endpoint: RedisConfiguration.Endpoint, configuration: RedisConfiguration, isSuccessor: Bool,
        eventLoopGroup: any EventLoopGroup, logger: Logger, tell: @escaping @Sendable (Event) -> Void
    ) {
        self.endpoint = endpoint
        self.configuration = configuration
        self.eventLoopGroup = eventLoopGroup
        self.logger = logger
        self.tell = tell
        let slots = max(1, configuration.connections)
        state = Mutex(State(connections: Array(repeating: nil, count: slots), isNew: isSuccessor))
        end = AsyncStream.makeStream(of: Void.self)
    }

    /// Keeps the connections up until the task is cancelled or ``stop()`` is called.
    func run() async {
        await withDiscardingTaskGroup { group in
            for slot in 0..<max(1, configuration.connections) { group.addTask { await self.keepUp(slot) } }
            for await _ in end.stream {}
            group.cancelAll()
        }
    }

    /// Closes all connections for good.
    func stop() {
        let stale = state.withLock { state in
            state.hasEnded = true
            defer { for slot in state.connections.indices { state.connections[slot] = nil } }
            return state.connections.compactMap { $0 }
        }
        for connection in stale { connection.close() }
        end.continuation.finish()
    }

    private func keepUp(_ slot: Int) async {
        var failures = 0
        var generator = SystemRandomNumberGenerator()
        while !Task.isCancelled {
            do {
                let connection = try await RedisConnection.connect(
                    configuration, to: endpoint, on: eventLoopGroup.next())
                do {
                    adopt(connection, at: slot, identity: try await connection.masterIdentity())
                } catch {
                    connection.close()
                    throw error
                }
                if failures > 0, slot == 0 { logger.notice("Redis is reached again") }
                failures = 0
                await withTaskCancellationHandler {
                    await connection.waitUntilClosed()
                } onCancel: {
                    connection.close()
                }
                state.withLock { if $0.connections[slot] === connection { $0.connections[slot] = nil } }
                tell(.lost(nil))
            } catch {
                failures += 1
                tell(.lost(error as? RedisError))
                // One voice for all connections, and a reminder now and then.
                logger.log(
                    level: slot == 0 && (failures == 1 || failures % 60 == 0) ? .warning : .debug,
                    "there is no connection to Redis; it is tried again", metadata: [LogKey.error: "\(error)"])
            }
            let pause = configuration.reconnect.delay(afterFailures: max(1, failures), using: &generator)
            try? await Task.sleep(for: pause)
        }
    }

    /// Takes a connection into use; if it leads to another server than the others do, they are of no use any more.
    private func adopt(_ connection: RedisConnection, at slot: Int, identity: String?) {
        let (isNew, stale) = state.withLock { state in
            let isNew = state.isNew || (state.identity != nil && identity != nil && identity != state.identity)
            let stale = isNew ? state.connections.compactMap { $0 } : []
            if isNew { for index in state.connections.indices { state.connections[index] = nil } }
            state.isNew = false
            state.identity = identity ?? state.identity
            return (isNew, stale)
        }
        for connection in stale { connection.close() }
        if isNew { tell(.newMaster) }
        let isTaken = state.withLock { state in
            if !state.hasEnded { state.connections[slot] = connection }
            return !state.hasEnded
        }
        if isTaken { tell(.reached) } else { connection.close() }
    }

    /// Whether there is a connection now.
    var isConnected: Bool { state.withLock { $0.connections.contains { $0?.isActive == true } } }

    /// A connection that is open; `nil` if none is.
    func connection() -> RedisConnection? {
        state.withLock { state in
            for _ in state.connections.indices {
                state.turn = (state.turn + 1) % state.connections.count
                if let connection = state.connections[state.turn], connection.isActive { return connection }
            }
            return nil
        }
    }
}
