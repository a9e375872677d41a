public import Logging
public import Metrics
public import ServiceLifecycle
import Synchronization
public import TocsinCore
public import TocsinRedis
public import TocsinStreams

/// Keeps what this node has accepted lately, and gives it to every server that becomes master.
///
/// Redis replicates after it has answered, so a failover can lose what was accepted. The ring holds the sealed batches of
/// the last seconds and restores those that the new master does not know of. So does a server that was restarted from a
/// file that lacks the last writes.
public final class ReplayRing: Service, Sendable {
    /// Names and help texts of all instruments.
    public static let help: [(name: String, text: String)] = [
        ("tocsin_ring_bytes", "Bytes of accepted batches that this node keeps for a new master of Redis."),
        ("tocsin_ring_seconds", "How far back the batches reach that this node keeps for a new master of Redis."),
        (
            "tocsin_ring_dropped_early_total",
            "Batches that left the ring before their time because it was full: the guarantee reaches less far."
        ),
        ("tocsin_ring_restored_alerts_total", "Alerts that a new master of Redis lacked and got from this node."),
        ("tocsin_ring_replays_total", "How often everything in the ring was offered to a new master of Redis."),
    ]

    /// How many batches are taken from the ring at once.
    private static let part = 512

    private let streams: TenantStreams
    private let redis: RedisClient
    private let clock: any WallClock
    private let logger: Logger
    private let journal: RingJournal?
    private let buffer: Mutex<RingBuffer>
    private let (bell, ringer) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    private let (droppedEarly, restored, replays): (Counter, Counter, Counter)
    private let (bytesGauge, secondsGauge): (Gauge, Gauge)

    /// How long Redis must know the name of a batch, so that it is not added twice: longer than the ring keeps it.
    public let memory: Duration

    /// A ring; keeps nothing before ``run()`` runs.
    ///
    /// - Parameters:
    ///   - streams: Where the batches go.
    ///   - redis: The client that the queues use, which tells of a new master.
    ///   - time: How long a batch is kept.
    ///   - byteLimit: How many bytes of them.
    ///   - journal: Where they are written as well; `nil` for memory alone.
    ///   - factory: Where its instruments are made.
    ///   - clock: Dates the batches.
    ///   - logger: Where replays are told of.
    public init(
        streams: TenantStreams, redis: RedisClient, time: Duration, byteLimit: Int, journal: RingJournal? = nil,
        factory: any MetricsFactory, clock: any WallClock, logger: Logger
    ) {
        (self.streams, self.redis, self.journal) = (streams, redis, journal)
        (self.clock, self.logger) = (clock, logger)
        memory = time * 3
        buffer = Mutex(RingBuffer(time: time, byteLimit: byteLimit, epoch: redis.topologyEpoch))
        droppedEarly = Counter(label: "tocsin_ring_dropped_early_total", dimensions: [], factory: factory)
        restored = Counter(label: "tocsin_ring_restored_alerts_total", dimensions: [], factory: factory)
        replays = Counter(label: "tocsin_ring_replays_total", dimensions: [], factory: factory)
        bytesGauge = Gauge(label: "tocsin_ring_bytes", dimensions: [], factory: factory)
        secondsGauge = Gauge(label: "tocsin_ring_seconds", dimensions: [], factory: factory)
    }

    /// Keeps a batch that the master of an epoch has taken; the sender may be told once this returns.
    ///
    /// - Throws: ``RingJournalError`` if it can not be written to the journal.
    func add(_ batch: SealedBatch, epoch: Int) async throws {
        let now = clock.now()
        let (dropped, isLate) = buffer.withLock { buffer in
            (buffer.add(batch, at: now, epoch: epoch), epoch < buffer.epoch)
        }
        if dropped > 0 { droppedEarly.increment(by: dropped) }
        // The master changed while the batch was on its way here: the replay may have passed its place.
        if isLate { ringer.yield() }
        try await journal?.append(batch)
    }

    /// Follows the master until the service is shut down.
    ///
    /// What is owed to a master then is given to it first, if that is soon done.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            await self.readJournal()
            await withDiscardingTaskGroup { group in
                group.addTask { for await _ in self.redis.masterChanges() { self.ringer.yield() } }
                group.addTask {
                    while (try? await self.clock.sleep(for: .seconds(1))) != nil { self.ringer.yield() }
                }
                for await _ in self.bell {
                    await self.replay()
                    await self.sweep()
                }
                group.cancelAll()
            }
        }
        await replay(patience: .seconds(5))
    }

    /// What an earlier process of this node has left is owed to whoever is master.
    private func readJournal() async {
        guard let journal else { return }
        let batches = await journal.read()
        let now = clock.now()
        buffer.withLock { buffer in
            for batch in batches { _ = buffer.add(batch, at: batch.acceptedAt ?? now, epoch: buffer.epoch - 1) }
        }
        if !batches.isEmpty {
            logger.notice("the ring's journal holds batches", metadata: ["tocsin.batches": "\(batches.count)"])
        }
        ringer.yield()
    }

    /// - Parameter patience: How long to try; `nil` for as long as it takes.
    private func replay(patience: Duration? = nil) async {
        buffer.withLock { $0.begin(epoch: redis.topologyEpoch) }
        guard buffer.withLock({ $0.owes }) else { return }
        let end = patience.map { clock.now() + $0 }
        var (added, failures) = (0, 0)
        while !Task.isCancelled, buffer.withLock({ $0.owes }) {
            if let end, clock.now() > end { return }
            let epoch = buffer.withLock { buffer in
                buffer.begin(epoch: redis.topologyEpoch)
                return buffer.epoch
            }
            do {
                let (batches, end) = buffer.withLock { $0.owed(limit: Self.part) }
                let alerts = try await streams.restore(batches, remembering: memory).alerts
                (added, failures) = (added + alerts, 0)
                restored.increment(by: alerts)
                // What a server took that is master no longer is owed to the next one.
                if redis.topologyEpoch == epoch { buffer.withLock { $0.settle(before: end, epoch: epoch) } }
            } catch {
                failures += 1
                logger.log(
                    level: failures == 10 ? .warning : .debug, "the ring could not be given to Redis yet",
                    metadata: [LogKey.error: "\(error)"])
                var generator = SystemRandomNumberGenerator()
                let backoff = Backoff(initial: .milliseconds(20), maximum: .seconds(1))
                try? await clock.sleep(for: backoff.delay(afterFailures: failures, using: &generator))
            }
        }
        guard !Task.isCancelled else { return }
        replays.increment()
        logger.notice(
            "a new master of Redis was offered what this node had accepted lately",
            metadata: [LogKey.alerts: "\(added)"])
    }

    /// While there is no master nothing ages: what was accepted before an outage is needed after it.
    private func sweep() async {
        guard redis.isConnected, redis.topologyEpoch == buffer.withLock({ $0.epoch }) else { return }
        let now = clock.now()
        let (bytes, oldest) = buffer.withLock { buffer in
            _ = buffer.expire(now: now)
            return (buffer.bytes, buffer.oldest)
        }
        bytesGauge.record(bytes)
        secondsGauge.record(oldest.map { (now - $0).seconds } ?? 0)
        await journal?.rotate(now: now)
    }
}
