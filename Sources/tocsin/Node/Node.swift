import AsyncHTTPClient
import Foundation
import Logging
import NIOCore
import NIOPosix
import NIOSSL
import ServiceLifecycle
import TocsinAudit
import TocsinConfiguration
import TocsinCore
import TocsinDispatch
import TocsinIdentity
import TocsinIngest
import TocsinIntegrations
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

/// How a node shows itself to those who send to it.
struct NodeFace: Sendable {
    /// Where it listens; `nil` for what the configuration says.
    var listen: ListenAddress?
    /// More addresses where it listens.
    var moreAddresses: [ListenAddress] = []
    /// What stands before every path.
    var pathPrefix = ""
    /// The most lists that are made at once.
    var maxReads = max(8, ProcessInfo.processInfo.activeProcessorCount)
    /// Where other nodes and their users find it; `nil` for where it listens.
    var address: String?
    /// Whether whoever runs it has written its receivers too, as an Alertmanager's operator has.
    var isOnlyTenant = false
    /// Whether it is in a cluster, as `GET /api/v2/status` tells.
    var isClustered = true
    /// What guards the door for alerts besides tokens; `nil` for nothing.
    var web: WebDoor?
    /// Whether other processes may listen at the same address, so that the kernel shares its connections out.
    var sharesPort = false
    /// How long a silence that has ended is kept; `nil` for the default.
    var silenceRetention: Duration?
    /// The most bytes that a posted silence may have; `nil` for the default.
    var maxSilenceBytes: Int?
    /// How long a request's body may take to arrive; `nil` for the default.
    var bodyTimeout: Duration?
    /// A directory for the journal of the ring; `nil` for what the configuration says.
    var ringJournal: String?
    /// Whether pages of other origins may ask Alertmanager's API.
    var allowsOtherOrigins = false
    /// Whether callers may ask it to read its configuration again.
    var takesReloads = false
    /// Whether reading the configuration again starts every group's interval again.
    var reloadRestartsTimers = false
}

/// How a node ends.
struct NodeEnding: Sendable {
    /// How long it goes on taking alerts while it says that it is not ready.
    var shutdownDelay = Duration.zero
    /// How long deliveries may take to end; `nil` for what the configuration says.
    var drainTimeout: Duration?
}

/// One process of a deployment, put together.
struct Node {
    let role: NodeRole
    let deployment: Deployment
    let source: ConfigurationSource
    let configuration: TocsinConfiguration
    let secrets: SecretSource
    let face: NodeFace
    var ending = NodeEnding()
    let logger: Logger
    private let drain = DrainSwitch()

    /// Runs until a signal stops it: the first drains, a second ends at once.
    func run() async throws {
        EventLoopCount.suggest()
        let group = MultiThreadedEventLoopGroup.singleton
        let clock = SystemClock()
        let redis = RedisClient(configuration: deployment.redis, eventLoopGroup: group, logger: logger)
        let streams = TenantStreams(
            redis: redis, shards: ShardMap(count: configuration.server.shards), rootKey: deployment.rootKey,
            clock: clock, confirmTimeout: configuration.server.ingest.confirmTimeout,
            logger: logger)
        for tenant in configuration.tenants.values { streams.setAlgorithm(tenant.algorithm, for: tenant.id) }

        let registry = MetricsRegistry()
        for (name, text) in DispatchMetrics.help { registry.describe(name, help: text) }
        let store = ConfigurationStore(configuration)
        try refuseErrors(Plans.compile(configuration, secrets: secrets).issues)
        try refuseWhatAnEmbeddedServerCannot()
        let plans = Plans(configuration, secrets: secrets)
        let id = WorkerID(Node.makeID())
        let trustRoots = try loadTrustRoots()
        let directory = URL(fileURLWithPath: source.path).deletingLastPathComponent().path
        let issuers = try await IssuerLoading.load(
            configuration.server.ingest.jwt,
            directory: directory, logger: logger)
        let rule =
            try face.isOnlyTenant
            ? .open : AddressGuard(configuration.server.delivery, environment: ProcessInfo.processInfo.environment)
        let recorder = AuditRecorder(streams: streams, node: id.text, clock: clock)
        let client = GuardedClient(trustRoots: trustRoots, rule: rule, eventLoopGroup: group)

        // In the order of need: a graceful shutdown goes the other way, so that what takes alerts stops first, the
        // worker drains while Redis still answers, and Redis goes last.
        var services: [any Service] = []
        if let embedded = deployment.embedded {
            services.append(
                EmbeddedRedis(
                    dataDirectory: embedded.directory.path, door: embedded.door, fsyncsAlways: needsFsync, clock: clock,
                    logger: logger))
        }
        services.append(redis)
        if role.takesAlerts { services.append(streams.confirmations) }
        services.append(HTTPClientService(client: client.client))
        services.append(
            StartupCheck(
                streams: streams, redis: redis, needs: configuration.needs, isEmbedded: deployment.embedded != nil,
                logger: logger)
        )
        let watcher = ConfigurationWatcher(
            source: source, store: store, clock: clock, logger: logger,
            check: { Plans.compile($0, secrets: secrets).issues })
        services.append(watcher)
        services.append(
            ReloadService(
                store: store, plans: plans, secrets: secrets, streams: streams, recorder: recorder, issuers: issuers,
                directory: directory, digest: configuration.digest, restartsTimers: face.reloadRestartsTimers,
                logger: logger))
        var worker: Worker?
        if role.delivers {
            let made = Worker(
                id: id, streams: streams, plans: plans, settings: workerSettings, client: client,
                proxies: EnvironmentProxies(ProcessInfo.processInfo.environment),
                eventLoop: group.next(), clock: clock,
                console: { Output.bytes($0) }, metrics: DispatchMetrics(factory: registry),
                recorder: recorder, logger: logger)
            worker = made
        }
        let lag = LoopLag(group)
        services.append(lag)
        // Before the worker, so that it is told of until what is in flight has ended.
        services.append(
            NodeReporter(
                id: id.text, role: role.rawValue, address: address, streams: streams, clock: clock, drain: drain,
                lag: lag, load: { [worker] in worker?.load ?? WorkerLoad() }))
        services.append(
            KeyRotation(
                id: id.text, store: store, streams: streams, recorder: recorder, clock: clock, logger: logger))
        services += audit(id: id.text, store: store, streams: streams, registry: registry, clock: clock)
        if !role.takesAlerts, let listen = face.listen {
            services.append(
                WorkerDoor(listen: listen, streams: streams, registry: registry, drain: drain, logger: logger))
        }
        if let worker { services.append(worker) }
        if role.takesAlerts {
            let watch = QueueWatch(streams: streams, redis: redis, store: store, clock: clock, logger: logger)
            let ring = try ring(streams: streams, redis: redis, registry: registry, clock: clock)
            services.append(watch)
            services.append(IssuerKeysService(issuers: issuers, clock: clock))
            if let ring { services.append(ring) }
            services.append(
                ingest(
                    id: id.text, store: store, streams: streams, redis: redis, registry: registry, clock: clock,
                    watcher: watcher, group: group, ring: ring, watch: watch,
                    tests: ReceiverTest(
                        client: client,
                        proxies: EnvironmentProxies(ProcessInfo.processInfo.environment), clock: clock,
                        console: { Output.bytes($0) }),
                    plans: plans, issuers: issuers, recorder: recorder))
        }
        try await runGroup(services, clock: clock) { watcher.reload() }
    }

    /// Where others find this node.
    private var address: String {
        if let address = face.address { return address }
        let listen = face.listen
        if !role.takesAlerts, listen == nil { return "" }
        return "\(listen?.host ?? configuration.server.ingest.host):\(listen?.port ?? configuration.server.ingest.port)"
    }

    private func ingest(
        id: String, store: ConfigurationStore, streams: TenantStreams, redis: RedisClient, registry: MetricsRegistry,
        clock: any WallClock, watcher: ConfigurationWatcher, group: any EventLoopGroup, ring: ReplayRing?,
        watch: QueueWatch, tests: ReceiverTest, plans: Plans, issuers: TrustedIssuers,
        recorder: AuditRecorder
    ) -> IngestServer {
        var settings = IngestSettings(configuration)
        if let listen = face.listen { (settings.host, settings.port) = (listen.host, listen.port) }
        (settings.pathPrefix, settings.maxReads) = (face.pathPrefix, face.maxReads)
        settings.moreAddresses = face.moreAddresses.map { ($0.host, $0.port) }
        settings.sharesPort = face.sharesPort
        settings.allowsOtherOrigins = face.allowsOtherOrigins
        settings.silenceRetention = face.silenceRetention ?? settings.silenceRetention
        settings.maxSilenceBytes = face.maxSilenceBytes ?? settings.maxSilenceBytes
        settings.bodyTimeout = face.bodyTimeout ?? settings.bodyTimeout
        let cluster = ClusterReader(
            own: .init(name: id, address: address), isClustered: face.isClustered, streams: streams, clock: clock)
        let (scheme, logger) = (face.web?.isTLS == true ? "https" : "http", logger)
        return IngestServer(
            settings: settings,
            parts: IngestParts(
                store: store, streams: streams, redis: redis, registry: registry, clock: clock,
                version: Tocsin.version, apiVersion: Tocsin.alertmanagerVersion, cluster: { await cluster.view() },
                onReload: face.takesReloads ? { @Sendable in watcher.reload() } : nil,
                testReceiver: { tenant, receiver in
                    guard let plan = plans[tenant], let chosen = plan.receivers[receiver],
                        let report = try? JSONEncoder().encode(await tests.run(chosen, of: plan, resolving: false))
                    else { return .unknown }
                    return .tested(Array(report))
                }, ring: ring, watch: watch, web: face.web, issuers: issuers,
                recorder: recorder, isDraining: { [drain] in drain.isDraining },
                logger: logger),
            eventLoopGroup: group
        ) { host, port in
            logger.info("alerts are taken", metadata: [LogKey.address: "\(scheme)://\(host):\(port)"])
        }
    }

    /// What keeps accepted alerts for a new master of Redis; `nil` if the configuration wants none.
    private func ring(
        streams: TenantStreams, redis: RedisClient, registry: MetricsRegistry, clock: any WallClock
    ) throws -> ReplayRing? {
        let settings = configuration.server.ingest
        guard settings.ringTime > .zero else { return nil }
        for (name, text) in ReplayRing.help { registry.describe(name, help: text) }
        let journal = try (face.ringJournal ?? settings.ringJournal).map {
            try RingJournal(opening: $0, time: settings.ringTime, clock: clock)
        }
        return ReplayRing(
            streams: streams, redis: redis, time: settings.ringTime, byteLimit: settings.ringBytes, journal: journal,
            factory: registry, clock: clock, logger: logger)
    }

    private func runGroup(
        _ services: [any Service], clock: any WallClock, reload: @escaping @Sendable () -> Void
    ) async throws {
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
        let signals = SignalWatch(
            group: group, drain: drain, shutdownDelay: ending.shutdownDelay, clock: clock, logger: logger,
            reload: reload)
        try await signals.run()
        logger.info("stopped")
    }

    private var needsFsync: Bool { configuration.needs.fsync }

    private var workerSettings: WorkerSettings {
        let worker = configuration.server.worker
        return WorkerSettings(
            turns: worker.turns, deliveriesInFlight: worker.deliveriesInFlight, lease: worker.lease,
            drainTimeout: ending.drainTimeout ?? worker.drainTimeout)
    }

    /// A receiver that cannot be used would lose its alerts in silence: better not to start.
    private func refuseErrors(_ issues: [ConfigurationIssue]) throws {
        for issue in issues { Output.note("\(issue)") }
        let errors = issues.count { $0.severity == .error }
        guard errors > 0 else { return }
        throw CommandError(
            code: "configuration_invalid",
            message: "the configuration \(source.path) cannot be used: \(errors) problem(s), listed above",
            exitCode: .configuration)
    }

    private func refuseWhatAnEmbeddedServerCannot() throws {
        guard deployment.embedded != nil, configuration.needs.replicas > 0 else { return }
        throw CommandError(
            code: "durability_impossible",
            message:
                "a tenant asks for durability replicated:\(configuration.needs.replicas), and the embedded Redis has "
                + "no replicas: name a server that has with --redis, or ask for durability fsync",
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
        let host = HostName.own.split(separator: ".").first.map(String.init) ?? "host"
        return "\(host)-\(ProcessInfo.processInfo.processIdentifier)-"
            + Hexadecimal.encode(UInt64.random(in: .min ... .max)).prefix(8)
    }
}
