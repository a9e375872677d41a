import Hummingbird
import HummingbirdCore
import HummingbirdHTTP2
public import Logging
public import NIOCore
public import ServiceLifecycle
import Synchronization
public import TocsinAudit
public import TocsinConfiguration
public import TocsinCore
public import TocsinRedis
public import TocsinStreams
public import TocsinTelemetry

/// What an ingest node is made of; all of it belongs to somebody else.
public struct IngestParts: Sendable {
    /// The configuration and its changes.
    public var store: ConfigurationStore
    /// The queues.
    public var streams: TenantStreams
    /// The client that the queues use, to be asked whether it is connected.
    public var redis: RedisClient
    /// Where the instruments are registered, and what `/metrics` shows.
    public var registry: MetricsRegistry
    /// Dates tokens and counts.
    public var clock: any WallClock
    /// The program's version, for the health answer.
    public var version: String
    /// The version of the API that `GET /api/v2/status` names.
    public var apiVersion: String
    /// The cluster as `GET /api/v2/status` shows it.
    public var cluster: @Sendable () async -> ClusterView
    /// Reads the configuration again and answers what is wrong with it; `nil` if no caller may ask for that.
    public var onReload: (@Sendable () async -> String?)?
    /// Tests a receiver of a tenant; `nil` if no caller may ask for that.
    public var testReceiver: (@Sendable (TenantID, String) async -> ReceiverTestAnswer)?
    /// Keeps what was accepted for a new master of Redis; `nil` for nothing.
    public var ring: ReplayRing?
    /// Looks at Redis' memory and settings; `nil` for nobody.
    public var watch: QueueWatch?
    /// What guards the door besides tokens; `nil` for nothing.
    public var web: WebDoor?
    /// Whose JSON Web Tokens are believed besides the tenants' own tokens.
    public var issuers: TrustedIssuers
    /// Records what is done.
    public var recorder: AuditRecorder
    /// Whether the node is on its way out: it still answers, but wants no new connections.
    public var isDraining: @Sendable () -> Bool
    /// The log.
    ///
    /// Nothing is logged per request.
    public var logger: Logger

    /// The parts.
    public init(
        store: ConfigurationStore, streams: TenantStreams, redis: RedisClient, registry: MetricsRegistry,
        clock: any WallClock, version: String, apiVersion: String, cluster: @escaping @Sendable () async -> ClusterView,
        onReload: (@Sendable () async -> String?)? = nil,
        testReceiver: (@Sendable (TenantID, String) async -> ReceiverTestAnswer)? = nil, ring: ReplayRing? = nil,
        watch: QueueWatch? = nil, web: WebDoor? = nil, issuers: TrustedIssuers = TrustedIssuers(),
        recorder: AuditRecorder, isDraining: @escaping @Sendable () -> Bool = { false }, logger: Logger
    ) {
        self.store = store
        self.streams = streams
        self.redis = redis
        self.registry = registry
        self.clock = clock
        self.version = version
        self.apiVersion = apiVersion
        self.cluster = cluster
        self.onReload = onReload
        self.testReceiver = testReceiver
        self.ring = ring
        self.watch = watch
        self.web = web
        self.issuers = issuers
        self.recorder = recorder
        self.isDraining = isDraining
        self.logger = logger
    }
}

/// The HTTP door of a node: takes alerts, answers probes, shows metrics.
///
/// Keeps nothing but caches.
///
/// A graceful shutdown stops listening, lets the requests that are being served end, and closes idle connections.
public struct IngestServer: Service {
    private let settings: IngestSettings
    private let parts: IngestParts
    private let plans: IngestPlans
    private let router: IngestRouter
    private let eventLoopGroup: any EventLoopGroup
    private let onListening: @Sendable (String, Int) async -> Void

    /// A door that opens when it is run.
    ///
    /// - Parameters:
    ///   - settings: Where to listen, and the bounds.
    ///   - parts: What it works with.
    ///   - eventLoopGroup: Serves the connections.
    ///   - onListening: Is told an address' host and port once connections to it are taken.
    public init(
        settings: IngestSettings, parts: IngestParts, eventLoopGroup: any EventLoopGroup,
        onListening: @escaping @Sendable (String, Int) async -> Void = { _, _ in }
    ) {
        self.settings = settings
        self.parts = parts
        self.eventLoopGroup = eventLoopGroup
        self.onListening = onListening
        (router, plans) = IngestRouter.make(settings: settings, parts: parts)
    }

    private func listen(host: String, port: Int) async throws {
        var logger = parts.logger
        // The server logs connections that break off; that is the network's everyday life and not news.
        logger.logLevel = max(logger.logLevel, .notice)
        let onListening = onListening
        let answering = Answering(router: router, clock: parts.clock, logger: logger)
        let listener = Listener(
            host: host, port: port, maxConnections: settings.maxConnections, sharesPort: settings.sharesPort,
            eventLoopGroup: eventLoopGroup, logger: logger)
        let channel = childChannel { request, writer, channel in
            try await answering.answer(request, with: writer, on: channel)
        }
        try await listener.run(channel) { await onListening(host, $0) }
    }

    private func childChannel(_ responder: @escaping HTTPChannelHandler.Responder) -> any ServerChildChannel {
        let stall = TimeAmount(settings.stallTimeout)
        let http1 = HTTP1Channel.Configuration(
            additionalChannelHandlers: [StalledReader(patience: stall, isStream: false)],
            idleTimeout: TimeAmount(settings.idleTimeout),
            httpDecoderConfiguration: .init(
                maxHeaderFieldSize: 16 << 10, maxHeaderListSize: 32 << 10, maxHeaderFieldCount: 100))
        guard let secured = parts.web?.secured else { return HTTP1Channel(responder: responder, configuration: http1) }
        var stream = http1
        stream.additionalChannelHandlers = { [StalledReader(patience: stall, isStream: true)] }
        let http2 = HTTP2Channel.Configuration(
            idleTimeout: settings.idleTimeout, gracefulCloseTimeout: settings.closeTimeout, streamConfiguration: stream)
        let (patience, closing) = (TimeAmount(settings.handshakeTimeout), TimeAmount(settings.closeTimeout))
        return SecureChannel(
            secured, http1: http1, http2: http2, patience: patience, closing: closing, responder: responder)
    }

    /// Serves until the service is shut down.
    public func run() async throws {
        try await withThrowingTaskGroup(of: Bool.self) { group in
            let addresses = [(host: settings.host, port: settings.port)] + settings.moreAddresses
            for address in addresses {
                group.addTask {
                    try await listen(host: address.host, port: address.port)
                    return true
                }
            }
            group.addTask {
                for await configuration in parts.store.changes.cancelOnGracefulShutdown() {
                    plans.update(configuration)
                }
                return false
            }
            // Only the servers' own end ends the service: they still answer what they took while they are shut down.
            var running = addresses.count
            while running > 0, let isServer = try await group.next() {
                if isServer { running -= 1 }
            }
            group.cancelAll()
        }
    }
}

extension IngestRouter {
    /// The router of a node, and the plans by which it takes a new configuration.
    static func make(settings: IngestSettings, parts: IngestParts) -> (IngestRouter, IngestPlans) {
        for (name, text) in IngestMetrics.help { parts.registry.describe(name, help: text) }
        let metrics = IngestMetrics(factory: parts.registry)
        let plans = IngestPlans(parts.store.current, metrics: metrics)
        let processed = SlidingCounter()
        let queue = QueueGuard(
            redis: parts.redis, streams: parts.streams,
            log: FailureLog(logger: parts.logger))
        let callers = CallerCheck(
            streams: parts.streams, queue: queue, clock: parts.clock, issuers: parts.issuers,
            refused: RefusedCallers(recorder: parts.recorder, clock: parts.clock))
        let budget = ByteBudget(limit: settings.maxBytesInFlight)
        let alerts = AlertsEndpoint(
            settings: settings, streams: parts.streams, queue: queue, ring: parts.ring, watch: parts.watch,
            callers: callers,
            budget: budget, metrics: metrics, processed: processed,
            clock: parts.clock)
        let status = StatusEndpoint(
            streams: parts.streams, queue: queue, watch: parts.watch, budget: budget, registry: parts.registry,
            processed: processed, startedAt: parts.clock.now(), version: parts.version, clock: parts.clock,
            callers: callers, onReload: parts.onReload, isDraining: parts.isDraining)
        let slots = ReadSlots(limit: settings.maxReads)
        let api = APIv2Endpoint(
            settings: settings, streams: parts.streams, queue: queue, callers: callers, budget: budget,
            silences: SilencesEndpoint(
                streams: parts.streams, queue: queue, recorder: parts.recorder, clock: parts.clock,
                retention: settings.silenceRetention),
            slots: slots, room: ByteBudget(limit: settings.maxListBytes),
            cluster: parts.cluster, version: parts.apiVersion,
            startedAt: parts.clock.now(), clock: parts.clock)
        let router = IngestRouter(
            settings: settings, plans: plans, alerts: alerts, api: api,
            receivers: ReceiversEndpoint(
                streams: parts.streams, queue: queue, callers: callers, recorder: parts.recorder,
                test: parts.testReceiver,
                clock: parts.clock),
            status: status,
            audit: AuditEndpoint(
                streams: parts.streams, queue: queue, callers: callers, recorder: parts.recorder),
            explain: ExplainEndpoint(streams: parts.streams, queue: queue, callers: callers, slots: slots),
            refused: callers.refused,
            web: parts.web,
            isDraining: parts.isDraining, metrics: metrics)
        return (router, plans)
    }
}
