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
                command = RedisCommand("WAIT")
                command.append(count)
            case .disk:
                command = RedisCommand("WAITAOF")
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

    private struct Request {
        let command: RedisCommand
        let completion: CheckedContinuation<(reply: RedisReply, isConfirmed: Bool), any Error>
    }

    private struct State {
        var isRunning = false
        var waiting: [Need: [Request]] = [:]
        var groups: [Need: Int] = [:]
    }

    // Of one need, a second group fills while the first waits. There are more connections than that, so that replicas
    // that are away hold up nobody who does not ask for them.
    private static let groups = 2
    private static let lanes = 4
    private static let groupSize = 256
    private static let mostWaiting = 16_384

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
        let backoff = Backoff(initial: .milliseconds(20), maximum: .seconds(1))
        var generator = SystemRandomNumberGenerator()
        var failures = 0
        while !Task.isCancelled {
            do {
                // Asked for before the connection is made: it may lead to a newer master, never to an older one.
                let epoch = redis.topologyEpoch
                try await redis.withDedicatedConnection { connection in
                    failures = 0
                    try await serve(bell, with: connection, epoch: epoch)
                }
            } catch is CancellationError {
                return
            } catch {
                failures += 1
                logger.debug("no connection for confirmed writes", metadata: [LogKey.error: "\(error)"])
                failAll(error)
                try? await Task.sleep(for: backoff.delay(afterFailures: failures, using: &generator))
            }
        }
    }

    /// Serves until another server is master; throws once the connection is of no use.
    private func serve(_ bell: AsyncStream<Void>, with connection: RedisConnection, epoch: Int) async throws {
        ring()
        for await _ in bell {
            while redis.topologyEpoch == epoch, let (need, requests) = nextGroup() {
                try await flush(requests, need, through: connection)
            }
            if redis.topologyEpoch != epoch { return }
        }
        throw CancellationError()
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
        try await withCheckedThrowingContinuation { continuation in
            let refusal = state.withLock { state -> RedisError? in
                guard state.isRunning else { return Self.stopped }
                guard state.waiting[need, default: []].count < Self.mostWaiting else {
                    return RedisError(.queueFull, "more than \(Self.mostWaiting) writes wait to be confirmed")
                }
                state.waiting[need, default: []].append(Request(command: command, completion: continuation))
                return nil
            }
            if let refusal { continuation.resume(throwing: refusal) } else { ring() }
        }
    }

    private static var stopped: RedisError {
        RedisError(.disconnected, "writes that must be confirmed are not taken: the node starts or stops")
    }

    private func nextGroup() -> (Need, [Request])? {
        state.withLock { state in
            guard
                let need = state.waiting.first(where: { need, requests in
                    !requests.isEmpty && state.groups[need, default: 0] < Self.groups
                })?.key
            else { return nil }
            let requests = state.waiting[need, default: []]
            state.waiting[need] = Array(requests.dropFirst(Self.groupSize))
            state.groups[need, default: 0] += 1
            return (need, Array(requests.prefix(Self.groupSize)))
        }
    }

    private func flush(_ requests: [Request], _ need: Need, through connection: RedisConnection) async throws {
        defer {
            state.withLock { $0.groups[need, default: 1] -= 1 }
            ring()
        }
        do {
            var results = try await connection.send(requests.map(\.command) + [need.command(timeout: timeout)])
            let isMet = try results.popLast().map { try need.isMet(by: try $0.get()) } ?? false
            for (request, result) in zip(requests, results) {
                request.completion.resume(with: result.map { ($0, isMet) }.mapError { $0 as any Error })
            }
        } catch {
            for request in requests { request.completion.resume(throwing: error) }
            throw error
        }
    }
}
