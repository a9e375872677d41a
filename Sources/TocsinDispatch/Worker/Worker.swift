public import Logging
import Metrics
public import NIOCore
public import ServiceLifecycle
public import TocsinAudit
public import TocsinCore
public import TocsinIntegrations
public import TocsinStreams

/// One worker process: takes turns, flushes, delivers, says that it lives.
///
/// ``run()`` is its structured root task. A graceful shutdown stops taking work, waits for what is in flight up to
/// ``WorkerSettings/drainTimeout``, and hands the rest back; a cancellation stops at once, and other workers take over
/// when this one has been silent for ``WorkerSettings/deadAfter``.
public final class Worker: Service, Sendable {
    /// This process' name.
    public let id: WorkerID
    private let streams: TenantStreams
    private let settings: WorkerSettings
    private let clock: any WallClock
    private let logger: Logger
    private let metrics: DispatchMetrics
    private let leases: LeaseKeeper
    private let turns: TurnLoop
    private let deliveries: DeliveryLoop
    private let transport: HTTPTransport
    private let work: ShardSignals
    private let outbox: ShardSignals

    /// A worker on a deployment's queues.
    ///
    /// - Parameters:
    ///   - id: A name that no other process has or had.
    ///   - streams: The queues.
    ///   - plans: The tenants' compiled configurations.
    ///   - settings: How much to do at once.
    ///   - client: The HTTP client; somebody else shuts it down.
    ///   - proxies: What the environment said about proxies when the process started.
    ///   - eventLoop: Runs the timers.
    ///   - clock: Measures attempts and spaces heartbeats.
    ///   - console: Takes what console receivers print.
    ///   - metrics: The instruments.
    ///   - recorder: Records how notifications end.
    ///   - logger: The log.
    public init(
        id: WorkerID, streams: TenantStreams, plans: Plans, settings: WorkerSettings, client: GuardedClient,
        proxies: EnvironmentProxies, eventLoop: any EventLoop, clock: any WallClock,
        console: @escaping @Sendable ([UInt8]) -> Void, metrics: DispatchMetrics, recorder: AuditRecorder,
        logger: Logger
    ) {
        self.id = id
        self.streams = streams
        self.settings = settings
        self.clock = clock
        self.logger = logger
        self.metrics = metrics
        leases = LeaseKeeper(streams: streams, lease: settings.lease, clock: clock)
        work = ShardSignals(shards: streams.shardCount)
        outbox = ShardSignals(shards: streams.shardCount)
        turns = TurnLoop(
            worker: id, streams: streams, plans: plans, settings: settings, signals: work,
            alarm: ShardAlarm(loop: eventLoop, signals: work), metrics: metrics,
            leases: leases, outbox: outbox, logger: logger)
        transport = HTTPTransport(
            client: client, environment: proxies, clock: clock,
            sharedTokens: SharedTokens(streams: streams, asker: id.text))
        let deliverer = Deliverer(
            streams: streams, plans: plans, transport: transport, clock: clock, console: console, metrics: metrics,
            recorder: recorder, logger: logger)
        deliveries = DeliveryLoop(
            worker: id, streams: streams, deliverer: deliverer, slots: DeliverySlots(settings.deliveriesInFlight),
            signals: outbox, alarm: ShardAlarm(loop: eventLoop, signals: outbox), claims: HeldClaims(),
            deadAfter: settings.deadAfter, logger: logger)
    }

    /// What it has in hand now.
    public var load: WorkerLoad {
        let turns = leases.tenants
        return WorkerLoad(
            inFlight: deliveries.slots.inFlight, turns: turns.count,
            tenants: deliveries.claims.tenants.union(turns).sorted())
    }

    /// Works until the service is shut down.
    public func run() async throws {
        await withGracefulShutdownHandler {
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await self.turns.run() }
                group.addTask { await self.deliveries.run(drainTimeout: self.settings.drainTimeout, clock: self.clock) }
                group.addTask { await cancelWhenGracefulShutdown { await self.listen() } }
                group.addTask { await cancelWhenGracefulShutdown { await self.poll() } }
                group.addTask { await self.beat() }
                group.addTask { await self.leases.run() }
                // Heartbeat and leases go on until the last delivery has ended, so that nobody takes over what is drained.
                await group.next()
                await group.next()
                await group.next()
                await group.next()
                group.cancelAll()
            }
        } onGracefulShutdown: {
            self.work.finish()
            self.outbox.finish()
        }
        await transport.clients.shutdown()
        do {
            try await streams.leave(id)
        } catch {
            logger.warning(
                "this worker could not sign off; what it held is taken over in a few seconds",
                metadata: [LogKey.node: "\(id.text)", LogKey.error: "\(error)"])
        }
    }

    private func listen() async {
        while !Task.isCancelled {
            guard streams.isConnected else {
                try? await clock.sleep(for: .milliseconds(50))
                continue
            }
            work.raiseAll()
            outbox.raiseAll()
            do {
                try await streams.listen(wait: .seconds(1)) { ring in
                    (ring.isDelivery ? self.outbox : self.work).raise(ring.shard)
                } onQuiet: {
                }
            } catch {
                guard !Task.isCancelled else { return }
                logger.info("the doorbell connection was lost", metadata: [LogKey.error: "\(error)"])
                try? await clock.sleep(for: .milliseconds(250))
            }
        }
    }

    /// The net below doorbell and alarms: a slow look at every shard.
    private func poll() async {
        while !Task.isCancelled {
            try? await clock.sleep(for: .seconds(1))
            guard streams.isConnected else { continue }
            work.raiseAll()
            outbox.raiseAll()
        }
    }

    private func beat() async {
        while !Task.isCancelled {
            guard streams.isConnected else {
                try? await clock.sleep(for: .milliseconds(50))
                continue
            }
            do {
                let count = try await streams.beat(id, deadAfter: settings.deadAfter)
                if count > 0 {
                    metrics.handedBack.increment(by: count)
                    logger.notice(
                        "took over the notifications of a worker that died", metadata: ["tocsin.count": "\(count)"])
                }
            } catch {
                if !Task.isCancelled {
                    logger.info("the heartbeat failed", metadata: [LogKey.error: "\(error)"])
                }
            }
            try? await clock.sleep(for: settings.heartbeat)
        }
    }
}
