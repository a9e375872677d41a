/// How a pool may be scaled: its bounds, and what it is to reach.
public struct ScalingPolicy: Sendable, Hashable {
    /// The fewest workers; 0 lets an idle pool go to sleep.
    public var minimum = 1
    /// The most workers.
    public var maximum = 10
    /// In what time a backlog is to be gone.
    public var drainTarget: Duration = .seconds(5)
    /// How long a delivery may wait for a worker.
    public var slo: Duration = .seconds(15)
    /// What part of a worker's capacity the steady load may take: the rest is for what nobody foresees.
    public var utilisation = 0.8
    /// How long a worker takes from being asked for to its first delivery.
    public var startTime: Duration = .seconds(8)
    /// How many workers may be added at once, whatever the pool's size; a pool may also double.
    public var upStep = 4
    /// For how long the largest size that was needed counts, before the pool becomes smaller.
    public var downWindow: Duration = .seconds(60)
    /// What part of the pool may go at once.
    public var downStep = 0.25
    /// How far apart such steps are at least.
    public var downPeriod: Duration = .seconds(15)
    /// By what part the need must differ from the size before anything changes.
    public var deadband = 0.1
    /// How long a pool must have had nothing to do before its last worker goes, where the minimum is 0.
    public var idleAfter: Duration = .seconds(300)
    /// How many deliveries a second one worker can make at best, however quick the receivers.
    public var workerRate = 1000.0
    /// How many alerts a second one worker can route.
    public var routingRate = 4000.0
    /// How long a delivery takes, as long as none has been seen.
    public var serviceTime: Duration = .milliseconds(250)
    /// The part of a core that a worker should use.
    public var cpuTarget = 0.8
    /// Above this answer time of Redis, 99th percentile, more workers would only slow it further.
    public var redisLatency: Duration = .milliseconds(100)
    /// Above this part of a core Redis is what is slow, not the pool.
    public var redisLoad = 0.9
    /// How long nothing is changed after another Redis server has taken over.
    public var freeze: Duration = .seconds(20)
    /// How many starts may fail in a minute before no more are asked for.
    public var failedStarts = 5
    /// Rules of the operator's.
    public var rules: [MetricRule] = []
    /// How long a rule that has been followed waits for its effect.
    public var ruleInterval: Duration = .seconds(30)

    /// A policy in which everything is at its default.
    public init() {}
}

/// A rule of the operator's: above a threshold the pool is made larger by a factor.
public struct MetricRule: Sendable, Hashable, Codable {
    /// What a rule may look at.
    public enum Metric: String, Sendable, Hashable, Codable, CaseIterable {
        /// Of a worker on average, in percent of a core.
        case cpuUsage = "cpu_usage"
        /// Of the largest worker, in MiB.
        case memoryUsage = "memory_usage"
        /// Deliveries that wait for a worker.
        case queueDepth = "queue_depth"
        /// How long the oldest of them has waited, in seconds.
        case oldestAge = "oldest_age"
        /// New deliveries a second.
        case arrivalRate = "arrival_rate"
        /// Deliveries under way, in percent of what the workers can have under way.
        case slotUsage = "slot_usage"
    }

    /// What it looks at.
    public var metric: Metric
    /// Above which value it holds.
    public var threshold: Double
    /// By what the number of running workers is multiplied.
    public var factor: Double

    /// A rule.
    public init(metric: Metric, threshold: Double, factor: Double) {
        self.metric = metric
        self.threshold = threshold
        self.factor = factor
    }

    /// The metric's value, or `nil` if it is unknown.
    func value(in seen: PoolObservation) -> Double? {
        switch metric {
        case .cpuUsage: seen.cpu.map { $0 * 100 }
        case .memoryUsage: seen.memoryBytes.map { Double($0) / 1_048_576 }
        case .queueDepth: seen.depth.map(Double.init)
        case .oldestAge: seen.oldestAgeMilliseconds.map { Double($0) / 1000 }
        case .arrivalRate: seen.arrivalRate
        case .slotUsage:
            seen.running > 0
                ? seen.inFlight.map { 100 * Double($0) / Double(seen.running * max(1, seen.concurrency)) } : nil
        }
    }
}
