import TocsinCore
import TocsinRedis
import TocsinStreams

/// Looks at the queues, the workers and Redis.
///
/// One look costs Redis a function call for each shard, two for the nodes, and a report on its processor time; nothing
/// that grows with the number of tenants.
struct PoolObserver {
    /// How many answer times are kept: two of each second, of the last minute.
    private static let mostLatencies = 120
    /// With fewer, their 99th percentile says nothing.
    private static let fewestLatencies = 20
    /// After how long a worker that says nothing counts as gone.
    private static let silence = Duration.seconds(8)

    private struct Counters {
        var notified: Int
        var attempts: Int
        var retries: Int
        var at: Timestamp
    }

    let streams: TenantStreams
    let redis: RedisClient
    let clock: any WallClock
    let concurrency: Int
    let ahead: Duration
    private var counters: Counters?
    private var processorTime: (seconds: [RedisConfiguration.Endpoint: Double], at: Timestamp)?
    private var latencies: [Double] = []

    init(streams: TenantStreams, redis: RedisClient, clock: any WallClock, concurrency: Int, ahead: Duration) {
        self.streams = streams
        self.redis = redis
        self.clock = clock
        self.concurrency = concurrency
        self.ahead = ahead
    }

    /// What is to be seen now, with the workers that live; what cannot be found out is left unknown.
    mutating func look(desired: Int, running: Int, failedStarts: Int) async -> (
        seen: PoolObservation, nodes: [NodeReport]
    ) {
        var seen = PoolObservation(
            concurrency: concurrency, desired: desired, running: running, failedStarts: failedStarts)
        seen.redisServer = "\(redis.topologyEpoch)"
        await lookAtQueues(&seen)
        await lookAtRedis(&seen)
        guard let nodes = try? await streams.nodes() else { return (seen, []) }
        let workers = nodes.filter { $0.role == "worker" && .milliseconds($0.ageMilliseconds) < Self.silence }
        note(workers, in: &seen)
        return (seen, workers)
    }

    private mutating func lookAtQueues(_ seen: inout PoolObservation) async {
        let start = clock.now()
        guard let load = try? await streams.load(ahead: ahead) else {
            counters = nil
            return
        }
        let now = clock.now()
        note(latency: now - start)
        seen.depth = load.ready
        seen.dueRetries = load.dueRetries
        seen.blocked = load.blocked
        seen.freePlaces = load.freePlaces
        seen.unrouted = load.unrouted
        seen.dueTurns = load.dueTurns
        seen.oldestAgeMilliseconds = load.oldestAgeMilliseconds ?? 0
        seen.nextDueMilliseconds = load.nextDueMilliseconds
        if let before = counters, now > before.at {
            let seconds = (now - before.at).seconds
            // A new master may know less than the old one did.
            func rate(_ new: Int, _ old: Int) -> Double { Double(max(0, new - old)) / seconds }
            seen.arrivalRate = rate(load.notified, before.notified)
            seen.attemptRate = rate(load.attempts, before.attempts)
            seen.retryRate = rate(load.retries, before.retries)
        }
        counters = Counters(notified: load.notified, attempts: load.attempts, retries: load.retries, at: now)
    }

    private mutating func lookAtRedis(_ seen: inout PoolObservation) async {
        let start = clock.now()
        let servers = redis.servers
        var spent: [RedisConfiguration.Endpoint: Double] = [:]
        for server in servers {
            guard let info = try? await redis.info("cpu", of: server),
                let system = info["used_cpu_sys"].flatMap(Double.init),
                let user = info["used_cpu_user"].flatMap(Double.init)
            else { continue }
            spent[server] = system + user
        }
        let now = clock.now()
        if spent.count == servers.count, !servers.isEmpty {
            note(latency: (now - start) / servers.count)
            // Of a cluster's servers the busiest one is the bound.
            if let before = processorTime, now > before.at {
                seen.redisLoad =
                    spent.compactMap { server, seconds in
                        before.seconds[server].map { (seconds - $0) / (now - before.at).seconds }
                    }.filter { $0 >= 0 }.max()
            }
            processorTime = (spent, now)
        } else {
            processorTime = nil
        }
        guard latencies.count >= Self.fewestLatencies else { return }
        let sorted = latencies.sorted()
        seen.redisP99Milliseconds = sorted[min(sorted.count - 1, Int(Double(sorted.count) * 0.99) - 1)]
    }

    private mutating func note(latency: Duration) {
        latencies.append(latency.seconds * 1000)
        if latencies.count > Self.mostLatencies { latencies.removeFirst() }
    }

    private func note(_ workers: [NodeReport], in seen: inout PoolObservation) {
        let staying = workers.filter { !$0.isDraining }
        seen.running = staying.count
        seen.draining = workers.count - staying.count
        seen.inFlight = workers.reduce(0) { $0 + $1.inFlight }
        let loads = staying.compactMap(WorkerProcessorLoad.init)
        guard !loads.isEmpty, loads.count == staying.count else { return }
        seen.cpu = loads.reduce(0) { $0 + $1.cpu } / Double(loads.count)
        seen.memoryBytes = loads.map(\.memoryBytes).max()
    }
}

/// What a worker says of its processor and memory.
struct WorkerProcessorLoad {
    let cpu: Double
    let memoryBytes: Int64

    /// `nil` for a node of a version that did not tell.
    init?(_ node: NodeReport) {
        guard node.protocolVersion > 0, node.memoryBytes > 0 else { return nil }
        cpu = node.cpu
        memoryBytes = node.memoryBytes
    }
}
