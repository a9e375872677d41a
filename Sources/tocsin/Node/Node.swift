import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import TocsinConfiguration
import TocsinCore
import TocsinDispatch
import TocsinIngest
import TocsinRedis
import TocsinSealing
import TocsinStreams
import TocsinTelemetry

/// What a process does.
enum NodeRole: String {
    case serve
    case ingest
    case worker

    var takesAlerts: Bool { self != .worker }
    var delivers: Bool { self != .ingest }
}

/// One process of a deployment, put together.
struct Node {
    let role: NodeRole
    let options: DeploymentOptions
    let configurationPath: String
    let configuration: TocsinConfiguration
    let listen: ListenAddress?
    let logger: Logger

    /// Runs until a signal stops it: the first drains, a second ends at once.
    func run() async throws {
        EventLoopCount.suggest()
        let group = MultiThreadedEventLoopGroup.singleton
        let clock = SystemClock()
        let isEmbedded = options.isEmbedded(configuration)
        guard !isEmbedded || role == .serve else {
            throw CommandError(
                code: "redis_missing",
                message: "tocsin \(role.rawValue) needs a Redis server that the other nodes use too: name it with "
                    + "--redis redis://host:6379", exitCode: .configuration)
        }
        let directory = isEmbedded ? try DataDirectory(opening: options.dataDirectory(configuration)) : nil
        let rootKey = try options.rootKey(configuration, mayCreate: isEmbedded)
        let redis = RedisClient(
            configuration: try options.redisConfiguration(configuration), eventLoopGroup: group, logger: logger)
        let streams = TenantStreams(
            redis: redis, shards: ShardMap(count: configuration.server.shards), rootKey: rootKey, clock: clock,
            logger: logger)
        for tenant in configuration.tenants.values { streams.setAlgorithm(tenant.algorithm, for: tenant.id) }

        let registry = MetricsRegistry()
        for (name, text) in DispatchMetrics.help { registry.describe(name, help: text) }
        let secrets = SecretSource.process(
            baseDirectory: URL(fileURLWithPath: configurationPath).deletingLastPathComponent().path)
        let store = ConfigurationStore(configuration)
        try refuseErrors(Plans.compile(configuration, secrets: secrets).issues)
        let plans = Plans(configuration, secrets: secrets)
        let id = WorkerID(Node.makeID())
        let trustRoots = try loadTrustRoots()
        let client = HTTPClient(
            eventLoopGroup: group, configuration: Worker.clientConfiguration(trustRoots: trustRoots))

        // In the order of need: a graceful shutdown goes the other way, so that what takes alerts stops first, the
        // worker drains while Redis still answers, and Redis goes last.
        var services: [any Service] = []
        if isEmbedded, let directory {
            services.append(
                EmbeddedRedis(
                    dataDirectory: directory.path, fsyncsAlways: needsFsync, clock: clock, logger: logger))
        }
        services.append(redis)
        services.append(HTTPClientService(client: client))
        services.append(
            StartupCheck(streams: streams, redis: redis, needsFsync: needsFsync, isEmbedded: isEmbedded, logger: logger)
        )
        let watcher = ConfigurationWatcher(
            path: configurationPath, store: store, secrets: secrets, clock: clock, logger: logger,
            check: { Plans.compile($0, secrets: secrets).issues })
        services.append(watcher)
        services.append(
            ReloadService(store: store, plans: plans, secrets: secrets, streams: streams, logger: logger))
        var worker: Worker?
        if role.delivers {
            let made = Worker(
                id: id, streams: streams, plans: plans, settings: workerSettings, client: client,
                trustRoots: trustRoots, eventLoop: group.next(), clock: clock,
                console: { Output.bytes($0) }, metrics: DispatchMetrics(factory: registry),
                logger: logger)
            worker = made
            services.append(made)
        }
        services.append(
            NodeReporter(
                id: id.text, role: role.rawValue, streams: streams, clock: clock,
                inFlight: { [worker] in worker?.inFlight ?? 0 }))
        if role.takesAlerts {
            services.append(
                ingest(store: store, streams: streams, redis: redis, registry: registry, clock: clock, group: group))
        }
        try await runGroup(services) { watcher.reload() }
    }

    private func ingest(
        store: ConfigurationStore, streams: TenantStreams, redis: RedisClient, registry: MetricsRegistry,
        clock: any WallClock, group: any EventLoopGroup
    ) -> IngestServer {
        var settings = IngestSettings(configuration)
        if let listen { (settings.host, settings.port) = (listen.host, listen.port) }
        let (host, logger) = (settings.host, logger)
        return IngestServer(
            settings: settings,
            parts: IngestParts(
                store: store, streams: streams, redis: redis, registry: registry, clock: clock,
                version: Tocsin.version, logger: logger),
            eventLoopGroup: group
        ) { port in
            logger.info("alerts are taken", metadata: [LogKey.address: "http://\(host):\(port)"])
        }
    }

    private func runGroup(_ services: [any Service], reload: @escaping @Sendable () -> Void) async throws {
        var quiet = logger
        // Below that the group logs every service with all that it holds.
        quiet.logLevel = max(logger.logLevel, .notice)
        var settings = ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup,
                    failureTerminationBehavior: .gracefullyShutdownGroup)
            }, logger: quiet)
        settings.maximumGracefulShutdownDuration = workerSettings.drainTimeout + .seconds(10)
        settings.maximumCancellationDuration = .seconds(5)
        let group = ServiceGroup(configuration: settings)
        let signals = SignalWatch(group: group, logger: logger, reload: reload)
        try await signals.run()
        logger.info("stopped")
    }

    private var needsFsync: Bool { configuration.needsFsync }

    private var workerSettings: WorkerSettings {
        let worker = configuration.server.worker
        return WorkerSettings(
            turns: worker.turns, deliveriesInFlight: worker.deliveriesInFlight, lease: worker.lease,
            drainTimeout: worker.drainTimeout)
    }

    /// A receiver that cannot be used would lose its alerts in silence: better not to start.
    private func refuseErrors(_ issues: [ConfigurationIssue]) throws {
        for issue in issues { Output.note("\(issue)") }
        let errors = issues.count { $0.severity == .error }
        guard errors > 0 else { return }
        throw CommandError(
            code: "configuration_invalid",
            message: "the configuration \(configurationPath) cannot be used: \(errors) problem(s), listed above",
            exitCode: .configuration)
    }

    private func loadTrustRoots() throws -> [NIOSSLCertificate] {
        guard let file = configuration.server.delivery.caFile else { return [] }
        do {
            return try NIOSSLCertificate.fromPEMFile(file)
        } catch {
            throw CommandError(
                code: "ca_file_unusable",
                message: "delivery.ca_file \(file) holds no certificates in PEM form that can be read",
                exitCode: .configuration)
        }
    }

    /// Host, process number, and a random part: unique to this start.
    private static func makeID() -> String {
        let host = ProcessInfo.processInfo.hostName.split(separator: ".").first.map(String.init) ?? "host"
        return "\(host)-\(ProcessInfo.processInfo.processIdentifier)-"
            + Hexadecimal.encode(UInt64.random(in: .min ... .max)).prefix(8)
    }
}
