import Logging
import Synchronization
import TocsinAudit
import TocsinCore
import TocsinRedis
import TocsinStreams

/// Stands between a request and Redis: refuses at once while there is no connection, and turns what goes wrong into an
/// answer.
///
/// How long a call may take is the client's to watch: a timer for each request costs more than the request.
struct QueueGuard: Sendable {
    let redis: RedisClient
    let streams: TenantStreams
    let log: FailureLog
    private let madeAt = ContinuousClock.now

    /// Whether it is worth asking: there is a connection, to a server that keeps what it is given.
    var isConnected: Bool { redis.isConnected && streams.isApproved }

    init(redis: RedisClient, streams: TenantStreams, log: FailureLog) {
        self.redis = redis
        self.streams = streams
        self.log = log
    }

    /// Waits for the server while the node has only just started; later it is said at once that the server is away.
    func waitForStart() async throws {
        while !isConnected, ContinuousClock.now - madeAt < .seconds(2) { try await Task.sleep(for: .milliseconds(10)) }
    }

    /// Runs a call to the queues.
    ///
    /// - Throws: ``IngestRefusal``, with a status of 503.
    func ask<Answer: Sendable>(
        _ call: @Sendable @escaping () async throws -> Answer
    ) async throws(IngestRefusal) -> Answer {
        guard isConnected else { throw .redisUnavailable }
        do {
            return try await call()
        } catch {
            var refusal = Self.refusal(error)
            refusal.isUnclear = (error as? any CodedError)?.isUnclear ?? (error is CancellationError)
            log.note(refusal, because: error)
            throw refusal
        }
    }

    static func refusal(_ error: any Error) -> IngestRefusal {
        switch error {
        case let refusal as IngestRefusal: refusal
        case let error as RedisError: refusal(error)
        case let error as DurabilityError: .notDurable(error)
        case let error as AuditError: IngestRefusal(503, error.code, error.message, retryAfter: .seconds(5))
        case is CancellationError: .redisUnavailable
        default: .internalFailure(error)
        }
    }

    private static func refusal(_ error: RedisError) -> IngestRefusal {
        switch error.kind {
        case .outOfMemory: .redisOutOfMemory
        case .timeout: .redisTimeout
        case .misconfigured: .redisCannotPersist
        case .notEnoughReplicas: .redisTooFewReplicas
        case .loading: .redisLoading
        case .readOnly, .masterDown, .masterUnknown, .moved, .slotMoving, .clusterDown: .redisFailingOver
        case .notAuthenticated, .notPermitted: .redisRefusesUser
        default: .redisUnavailable
        }
    }
}

/// Says in the log that the queue fails, at most every few seconds however many requests fail.
final class FailureLog: Sendable {
    private let logger: Logger
    private let pause: Duration
    private let last = Mutex<(code: String, at: ContinuousClock.Instant)?>(nil)

    init(logger: Logger, pause: Duration = .seconds(5)) {
        self.logger = logger
        self.pause = pause
    }

    func note(_ refusal: IngestRefusal, because error: any Error) {
        let now = ContinuousClock.now
        let isNews = last.withLock { last in
            if let last, last.code == refusal.code, now - last.at < pause { return false }
            last = (refusal.code, now)
            return true
        }
        guard isNews else { return }
        logger.warning(
            "alerts can not be queued; senders are told to try again",
            metadata: [LogKey.code: "\(refusal.code)", LogKey.error: "\(error)"])
    }
}
