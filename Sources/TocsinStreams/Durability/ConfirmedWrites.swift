import Logging
public import ServiceLifecycle
import Synchronization
import TocsinCore
import TocsinRedis

/// Writes that must be on other machines or on disk before anybody is told of them.
///
/// `WAIT` holds up its connection until the replicas have answered. So many callers' writes go out together with one `WAIT`
/// behind them, over connections that nothing else uses; what comes meanwhile makes the next group.
public final class ConfirmedWrites: Service, Sendable {
    /// What a write waits for.
    enum Need: Sendable, Hashable {
        case replicas(Int)
        /// With `WAITAOF`, of Redis 7.2.
        case disk

        func command(timeout: Duration) -> RedisCommand {
            var command: RedisCommand
            switch self {
            case .replicas(let count):
                command = RedisCommand(.wait)
                command.append(count)
            case .disk:
                command = RedisCommand(.waitaof)
                command.append(1)
                command.append(0)
            }
            command.append(timeout.milliseconds)
            return command
        }

        /// Whether the answer to the command says that it is met.
        func isMet(by answer: RedisReply) throws -> Bool {
            switch self {
            case .replicas(let count): return try answer.requireInteger() >= Int64(count)
            case .disk: return try answer.requireArray().first?.requireInteger() ?? 0 >= 1
            }
        }
    }

    /// What a group of writes has in common.
    private struct Target: Hashable {
        let need: Need
        let server: RedisConfiguration.Endpoint
    }

    private struct Request {
        let command: RedisCommand
        let completion: CheckedContinuation<(reply: RedisReply, isConfirmed: Bool), any Error>
    }

    private struct State {
        var isRunning = false
        var waiting: [Target: [Request]] = [:]
        var groups: [Target: Int] = [:]
    }

    // For one need at one server, a second group fills while the first waits. There are more connections than that, so that replicas
    // that are away hold up nobody who does not ask for them.
    private static let groups = 2
    private static let lanes = 4
    private static let groupSize = 256
    private static let mostWaiting = 16_384
    // A cluster's slot that moves is soon where it belongs.
    private static let mostTries = 20
    private static let pause = Duration.milliseconds(50)

    private let redis: RedisClient
    private let timeout: Duration
    private let state = Mutex(State())
    private let logger: Logger
    private let bells = (0..<lanes).map { _ in
        AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// - Parameters:
    ///   - redis: The client that says which server is master, and makes the connections.
    ///   - timeout: How long a confirmation may take; less than the client's own limit for a command.
    ///   - logger: Where it is told that there is no connection.
    init(redis: RedisClient, timeout: Duration, logger: Logger) {
        self.redis = redis
        self.timeout = timeout
        self.logger = logger
    }

    /// Sends what is handed to ``send(_:confirmed:)`` until the service is shut down; then what still waits fails.
    public func run() async throws {
        state.withLock { $0.isRunning = true }
        await cancelWhenGracefulShutdown {
            await withDiscardingTaskGroup { group in
                for (bell, _) in self.bells { group.addTask { await self.keepUp(bell) } }
            }
        }
        state.withLock { $0.isRunning = false }
        failAll(Self.stopped)
    }

    private func keepUp(_ bell: AsyncStream<Void>) async {
        var lane = ConfirmationLane(redis: redis)
        ring()
        for await _ in bell {
            while let (target, requests) = nextGroup() { await flush(requests, target, through: &lane) }
        }
        lane.close()
    }

    private func ring() { for (_, ringer) in bells { ringer.yield() } }

    private func failAll(_ error: any Error) {
        let left = state.withLock { state in
            defer { state.waiting = [:] }
            return state.waiting.values.joined().map(\.completion)
        }
        for completion in left { completion.resume(throwing: error) }
    }

    /// Sends one command that writes; answers once it is confirmed, or was not in time.
    ///
    /// - Throws: ``RedisError``.
    func send(_ command: RedisCommand, confirmed need: Need) async throws -> (reply: RedisReply, isConfirmed: Bool) {
        var tries = 0
        while true {
            do {
                return try await queue(command, Target(need: need, server: try redis.server(of: command)))
            } catch let error as RedisError where error.kind == .moved || error.kind == .slotMoving {
                tries += 1
                guard tries < Self.mostTries else { throw error }
                redis.doubt()
                try await Task.sleep(for: Self.pause)
            }
        }
    }

    private func queue(
        _ command: RedisCommand, _ target: Target
    ) async throws -> (reply: RedisReply, isConfirmed: Bool) {
        try await withCheckedThrowingContinuation { continuation in
            let refusal = state.withLock { state -> RedisError? in
                guard state.isRunning else { return Self.stopped }
                guard state.waiting[target, default: []].count < Self.mostWaiting else {
                    return RedisError(.queueFull, "more than \(Self.mostWaiting) writes wait to be confirmed")
                }
                state.waiting[target, default: []].append(Request(command: command, completion: continuation))
                return nil
            }
            if let refusal { continuation.resume(throwing: refusal) } else { ring() }
        }
    }

    private static var stopped: RedisError {
        RedisError(.disconnected, "writes that must be confirmed are not taken: the node starts or stops")
    }

    private func nextGroup() -> (Target, [Request])? {
        state.withLock { state in
            guard
                let target = state.waiting.first(where: { target, requests in
                    !requests.isEmpty && state.groups[target, default: 0] < Self.groups
                })?.key
            else { return nil }
            let requests = state.waiting[target, default: []]
            let rest = Array(requests.dropFirst(Self.groupSize))
            // Of a server that is gone nothing is to stay.
            state.waiting[target] = rest.isEmpty ? nil : rest
            state.groups[target, default: 0] += 1
            return (target, Array(requests.prefix(Self.groupSize)))
        }
    }

    private func flush(_ requests: [Request], _ target: Target, through lane: inout ConfirmationLane) async {
        defer {
            state.withLock { state in
                let left = state.groups[target, default: 1] - 1
                state.groups[target] = left == 0 ? nil : left
            }
            ring()
        }
        do {
            let connection = try await lane.connection(to: target.server)
            var results = try await connection.send(
                requests.map(\.command) + [target.need.command(timeout: timeout)])
            let isMet = try results.popLast().map { try target.need.isMet(by: try $0.get()) } ?? false
            for (request, result) in zip(requests, results) {
                request.completion.resume(with: result.map { ($0, isMet) }.mapError { $0 as any Error })
            }
        } catch {
            logger.debug("writes could not be confirmed", metadata: [LogKey.error: "\(error)"])
            lane.drop(target.server)
            for request in requests { request.completion.resume(throwing: error) }
        }
    }
}

/// The connections of one of those that send writes to be confirmed: one to each server, made when it is needed.
private struct ConfirmationLane {
    let redis: RedisClient
    private var connections: [RedisConfiguration.Endpoint: RedisConnection] = [:]
    private var epoch = 0

    init(redis: RedisClient) { self.redis = redis }

    /// A connection that leads to nobody but the master of now, or a newer one.
    mutating func connection(to server: RedisConfiguration.Endpoint) async throws -> RedisConnection {
        // Asked for before the connection is made: it may lead to a newer master, never to an older one.
        let current = redis.topologyEpoch
        if current != epoch { close() }
        epoch = current
        if let connection = connections[server], connection.isActive { return connection }
        let connection = try await redis.connect(to: server)
        connections[server] = connection
        return connection
    }

    mutating func drop(_ server: RedisConfiguration.Endpoint) { connections.removeValue(forKey: server)?.close() }

    mutating func close() {
        for connection in connections.values { connection.close() }
        connections = [:]
    }
}
