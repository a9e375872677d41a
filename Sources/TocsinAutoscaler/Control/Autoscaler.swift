public import Logging
public import Metrics
public import ServiceLifecycle
public import TocsinCore
public import TocsinRedis
public import TocsinStreams

/// Watches a pool and keeps it as large as it needs to be; of several such processes one is in charge.
///
/// Each look is one pass: see, decide, record, act. Nothing is done that could not be recorded under this process' fence,
/// so that one that was in charge and does not know that it is no longer can do no harm.
public final class Autoscaler: Service {
    /// What an autoscaler works by.
    public struct Settings: Sendable {
        /// The policy.
        public var policy = ScalingPolicy()
        /// How often it looks.
        public var interval: Duration = .seconds(1)
        /// How long it is in charge without saying so anew.
        public var lease: Duration = .seconds(5)
        /// Deliveries that one worker has under way at most.
        public var concurrency = 64
        /// Whether the driver changes nothing, which the log then says.
        public var isDryRun = false

        /// Settings in which everything is at its default.
        public init() {}
    }

    /// How long a platform that refused is left alone, at least.
    private static let patience = Duration.seconds(5)

    let board = AutoscalerBoard()
    let streams: TenantStreams
    private let id: String
    private let redis: RedisClient
    private let driver: any PoolDriver
    private let settings: Settings
    private let clock: any WallClock
    private let metrics: AutoscalerMetrics
    private let onLook: @Sendable (PoolObservation) -> Void
    private let onChange: @Sendable (ScalingDecision) async -> Void
    private let logger: Logger

    /// An autoscaler.
    ///
    /// - Parameters:
    ///   - id: A name that no other process has or had.
    ///   - streams: The queues.
    ///   - redis: The client that the queues use, to be asked how the server is doing.
    ///   - driver: Starts and stops the workers.
    ///   - settings: What it works by.
    ///   - clock: Spaces the looks and dates the decisions.
    ///   - factory: Makes the instruments.
    ///   - onLook: Is told of everything that is seen.
    ///   - onChange: Is told of each change of the pool before it is made.
    ///   - logger: The log; it has one line for each change.
    public init(
        id: String, streams: TenantStreams, redis: RedisClient, driver: any PoolDriver, settings: Settings,
        clock: any WallClock, factory: any MetricsFactory,
        onLook: @escaping @Sendable (PoolObservation) -> Void = { _ in },
        onChange: @escaping @Sendable (ScalingDecision) async -> Void = { _ in },
        logger: Logger
    ) {
        self.id = id
        self.streams = streams
        self.redis = redis
        self.driver = driver
        self.settings = settings
        self.clock = clock
        self.onLook = onLook
        self.onChange = onChange
        self.logger = logger
        metrics = AutoscalerMetrics(factory: factory)
    }

    /// Works until the service is shut down.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var watch = Watch(
                observer: PoolObserver(
                    streams: self.streams, redis: self.redis, clock: self.clock,
                    concurrency: self.settings.concurrency, ahead: self.settings.policy.drainTarget))
            while !Task.isCancelled {
                await self.pass(&watch)
                try? await self.clock.sleep(for: self.settings.interval)
            }
        }
        try? await streams.leaveLead(id)
    }

    /// What is remembered from one pass to the next.
    private struct Watch {
        var observer: PoolObserver
        var state = ScalingState()
        var fence: Int64?
        /// Until when the platform wants to be left alone.
        var quietUntil: Timestamp?
        var lastProblem = ""
    }

    private func pass(_ watch: inout Watch) async {
        let askedAt = clock.now()
        let fence = await charge(&watch)
        let size = await size(&watch)
        let failed = (driver as? any StartCounting)?.failedStarts ?? 0
        let (seen, nodes) = await watch.observer.look(
            desired: size?.desired ?? 0, running: size?.running ?? 0, failedStarts: failed)
        board.note(seen: seen)
        metrics.show(seen)
        onLook(seen)
        guard size != nil else { return }
        // Who is not in charge decides too, so that it knows what is going on when it comes to be.
        let decision: ScalingDecision
        (watch.state, decision) = ScalingLaw.decide(watch.state, seen, settings.policy, now: clock.now())
        guard let fence else { return }
        // What the platform could not do is decided again at every look, and is no news then.
        let isNew = decision.isChange && (watch.quietUntil.map { clock.now() >= $0 } ?? true)
        let isInTime = { [clock, settings] in clock.now() - askedAt < settings.lease }
        guard await record(decision, isKept: isNew, fence), isInTime() else { return }
        metrics.show(decision, isNew: isNew)
        board.note(decision: decision)
        if isNew {
            log(decision)
            await onChange(decision)
        }
        // While that was told the charge may have been lost.
        guard isInTime() else { return }
        await act(decision, nodes: nodes, &watch)
    }

    /// What the platform says; `nil` if it says nothing.
    private func size(_ watch: inout Watch) async -> PoolSize? {
        do throws(DriverError) {
            let size = try await driver.observe()
            watch.lastProblem = ""
            return size
        } catch {
            note(error, "the platform does not say how large the pool is", &watch)
            return nil
        }
    }

    /// The fence under which this process is in charge; `nil` if it is not.
    private func charge(_ watch: inout Watch) async -> Int64? {
        let charge = try? await streams.lead(id, for: settings.lease)
        let fence = charge?.isOwn == true ? charge?.fence : nil
        if (fence == nil) != (watch.fence == nil) {
            logger.notice(fence == nil ? "not in charge any more" : "in charge of the pool")
            if fence != nil { await goOn() }
        }
        watch.fence = fence
        board.note(isInCharge: fence != nil)
        metrics.show(isInCharge: fence != nil)
        return fence
    }

    /// Takes the last decision for the size of a pool that nobody else remembers: whoever reads the decisions would
    /// otherwise let workers go because another process has come to be in charge.
    private func goOn() async {
        guard let pool = driver as? NoDriver, !settings.isDryRun, let record = try? await streams.newestDecision(),
            let last = ScalingDecision(record: record)
        else { return }
        try? await pool.scale(to: last.size, leaving: [])
    }

    private func record(_ decision: ScalingDecision, isKept: Bool, _ fence: Int64) async -> Bool {
        do {
            let isWritten = try await streams.record(
                decision: try decision.record(), isKept: isKept, by: id, fence: fence)
            if !isWritten { metrics.fencedRecords.increment() }
            return isWritten
        } catch {
            logger.info("a decision could not be recorded, and is not followed", metadata: [LogKey.error: "\(error)"])
            return false
        }
    }

    private func act(_ decision: ScalingDecision, nodes: [NodeReport], _ watch: inout Watch) async {
        guard decision.isChange else { return }
        if let until = watch.quietUntil, clock.now() < until { return }
        watch.quietUntil = nil
        do throws(DriverError) {
            try await driver.scale(to: decision.size, leaving: Leavers.order(nodes))
        } catch {
            watch.quietUntil = clock.now() + max(.milliseconds(error.retryAfterMilliseconds ?? 0), Self.patience)
            note(error, "the platform did not change the pool", &watch)
        }
    }

    private func note(_ error: DriverError, _ message: Logger.Message, _ watch: inout Watch) {
        metrics.driverErrors.increment()
        guard watch.lastProblem != error.description else { return }
        watch.lastProblem = error.description
        logger.warning(
            message,
            metadata: ["tocsin.driver": "\(driver.name)", LogKey.code: "\(error.code)", LogKey.error: "\(error)"])
    }

    private func log(_ decision: ScalingDecision) {
        logger.info(
            settings.isDryRun ? "the pool would be changed" : "the pool is changed",
            metadata: [
                "tocsin.from": "\(decision.from)", "tocsin.to": "\(decision.size)",
                "tocsin.reason": "\(decision.reason.rawValue)", "tocsin.explanation": "\(decision.sentence)",
            ])
    }
}
