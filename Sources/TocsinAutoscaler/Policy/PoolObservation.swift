/// Everything that a decision about a pool's size is made from, as it was at one moment.
///
/// What could not be found out is `nil`, which is not the same as zero: a pool is never made smaller for want of knowledge.
public struct PoolObservation: Sendable, Hashable, Codable {
    /// Deliveries that a worker could begin now: `XLEN − XPENDING` of the receivers' streams, and retries that are due.
    ///
    /// Receivers that are parked, whose breaker is open, or that are at their own limits are left out: more workers do
    /// not help them.
    public var depth: Int?
    /// How many of these are retries.
    public var dueRetries: Int?
    /// Deliveries that wait for a receiver and not for a worker.
    public var blocked: Int?
    /// Alerts that no worker has routed yet.
    public var unrouted: Int?
    /// Tenants with something due now: alerts to route, or groups to flush.
    public var dueTurns: Int?
    /// How long the oldest of all this has waited, in milliseconds.
    public var oldestAgeMilliseconds: Int64?
    /// When the next group or retry falls due, in milliseconds from now; `nil` if none will, or if it is unknown.
    public var nextDueMilliseconds: Int64?
    /// New deliveries a second, first attempts only: retries say how receivers are doing, not how much there is to do.
    public var arrivalRate: Double?
    /// Attempts a second that will be followed by another.
    public var retryRate: Double?
    /// Attempts a second that ended, of all kinds.
    public var attemptRate: Double?
    /// Deliveries under way.
    public var inFlight: Int?
    /// How many more deliveries the receivers would take at once.
    public var freePlaces: Int?
    /// How many deliveries one worker has under way at most.
    public var concurrency: Int
    /// The part of a core that a worker uses, on average.
    public var cpu: Double?
    /// The memory of the largest worker, in bytes.
    public var memoryBytes: Int64?
    /// How many workers the platform has been asked for.
    public var desired: Int
    /// How many workers say that they live and are not on their way out.
    public var running: Int
    /// How many are on their way out.
    public var draining: Int
    /// How many starts of workers failed in the last minute.
    public var failedStarts: Int
    /// How long Redis took to answer, 99th percentile of the last minute, in milliseconds.
    public var redisP99Milliseconds: Double?
    /// The part of a core that Redis uses.
    public var redisLoad: Double?
    /// A name of the Redis server that changes when another takes its place.
    public var redisServer: String?

    /// An observation of a pool of which nothing else is known.
    public init(concurrency: Int, desired: Int, running: Int, draining: Int = 0, failedStarts: Int = 0) {
        self.concurrency = concurrency
        self.desired = desired
        self.running = running
        self.draining = draining
        self.failedStarts = failedStarts
    }

    /// Whether anything waits for a worker.
    public var hasWork: Bool { (depth ?? 0) > 0 || (unrouted ?? 0) > 0 || (dueTurns ?? 0) > 0 }

    /// The metrics that are unknown, by name.
    public var unknown: [String] {
        let known: [(String, Bool)] = [
            ("depth", depth != nil), ("unrouted", unrouted != nil), ("arrival_rate", arrivalRate != nil),
            ("attempt_rate", attemptRate != nil), ("in_flight", inFlight != nil), ("cpu_usage", cpu != nil),
            ("memory_usage", memoryBytes != nil), ("redis_latency", redisP99Milliseconds != nil),
            ("redis_load", redisLoad != nil),
        ]
        return known.filter { !$0.1 }.map(\.0)
    }

    /// Those of them without which nothing can be decided.
    var unknownEssentials: [String] {
        unknown.filter { ["depth", "unrouted", "arrival_rate"].contains($0) }
    }
}
