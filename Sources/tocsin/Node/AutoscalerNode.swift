import Foundation
import Logging
import NIOCore
import NIOPosix
import ServiceLifecycle
import TocsinAudit
import TocsinAutoscaler
import TocsinConfiguration
import TocsinCore
import TocsinIngest
import TocsinRedis
import TocsinSealing
import TocsinStreams
import TocsinTelemetry

/// An autoscaler's process, put together.
struct AutoscalerNode {
    let configuration: TocsinConfiguration
    let redis: RedisConfiguration
    let rootKey: RootKey
    let driver: DriverKind
    let isDryRun: Bool
    let listen: ListenAddress?
    let recording: Recording?
    let worker: ProcessDriver.Settings
    let logger: Logger

    /// Runs until a signal stops it.
    func run() async throws {
        EventLoopCount.suggest()
        let clock = SystemClock()
        let client = RedisClient(
            configuration: redis, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
        let streams = TenantStreams(
            redis: client, shards: ShardMap(count: configuration.server.shards), rootKey: rootKey, clock: clock,
            logger: logger)
        let registry = MetricsRegistry()
        for (name, text) in AutoscalerMetrics.help { registry.describe(name, help: text) }

        let settings = settings
        let id =
            "\(HostName.own)-\(ProcessInfo.processInfo.processIdentifier)-"
            + Hexadecimal.encode(UInt64.random(in: .min ... .max)).prefix(8)
        let recorder = AuditRecorder(streams: streams, node: id, clock: clock)
        let (pool, keeper) = try await makeDriver(clock, settings.policy)
        let autoscaler = Autoscaler(
            id: id, streams: streams, redis: client, driver: pool, settings: settings, clock: clock, factory: registry,
            onLook: { [recording] in recording?.note($0) },
            onChange: { [isDryRun, logger] decision in
                guard !isDryRun else { return }
                await recorder.note(AuditEvent(decision), in: .deployment, logger: logger)
            }, logger: logger)
        let own = configuration.server.autoscaler
        // In the order of need: who decides goes first, and the workers drain while Redis still answers.
        var services: [any Service] = [
            client,
            StartupCheck(
                streams: streams, redis: client, needs: configuration.needs, isEmbedded: false, logger: logger),
        ]
        if let keeper { services.append(keeper) }
        services.append(
            AutoscalerServer(
                host: listen?.host ?? own.listen.host, port: listen?.port ?? own.listen.port, autoscaler: autoscaler,
                registry: registry, clock: clock, logger: logger))
        services.append(autoscaler)
        try await runGroup(services, clock: clock)
    }

    private var settings: Autoscaler.Settings {
        let own = configuration.server.autoscaler
        var settings = Autoscaler.Settings()
        settings.policy = ScalingPolicy(own)
        settings.interval = own.interval
        settings.lease = own.lease
        settings.concurrency = configuration.server.worker.deliveriesInFlight
        settings.isDryRun = isDryRun
        return settings
    }

    /// The driver, and what has to run for it to work.
    ///
    /// A dry run asks the driver once how large the pool is, and then only remembers what it would be.
    private func makeDriver(
        _ clock: any WallClock, _ policy: ScalingPolicy
    ) async throws -> (pool: any PoolDriver, keeper: (any Service)?) {
        let driver = try PoolDrivers(
            configuration: configuration, worker: worker, minimum: policy.minimum, clock: clock, logger: logger
        ).make(driver)
        guard isDryRun else { return driver }
        let size = try await PoolDrivers.withDriver(driver) { try await $0.observe() }
        return (NoDriver(size: size.desired), nil)
    }

    private func runGroup(_ services: [any Service], clock: any WallClock) async throws {
        var quiet = logger
        quiet.logLevel = max(logger.logLevel, .notice)
        var group = ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            }, logger: quiet)
        group.maximumGracefulShutdownDuration = worker.drainTimeout + .seconds(15)
        group.maximumCancellationDuration = .seconds(5)
        let signals = SignalWatch(
            group: ServiceGroup(configuration: group), drain: DrainSwitch(), shutdownDelay: .zero, clock: clock,
            logger: logger, reload: {})
        try await signals.run()
        logger.info("stopped")
    }
}

extension AuditEvent {
    /// A change of the pool, with what it was decided by.
    fileprivate init(_ decision: ScalingDecision) {
        self.init(
            .poolScale, on: "pool", by: .node, reason: decision.reason.rawValue,
            facts: [
                .init("from", String(decision.from)), .init("to", String(decision.size)),
                .init("inputs", decision.sentence),
            ])
    }
}
