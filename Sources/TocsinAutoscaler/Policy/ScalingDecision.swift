public import TocsinCore

/// How large a pool is to be, and why.
public struct ScalingDecision: Sendable, Hashable, Codable {
    /// Why the size is what it is, as a word for scripts.
    public enum Reason: String, Sendable, Hashable, Codable, CaseIterable {
        /// The steady load needs it.
        case steadyLoad = "steady_load"
        /// What waits needs it, to be gone in time.
        case backlog
        /// Something has waited for too long.
        case age
        /// Alerts wait to be routed.
        case routing
        /// The workers' processors are busy.
        case cpu
        /// A rule of the operator's.
        case rule
        /// Something came, or will soon, while there was no worker.
        case wake
        /// Fewer workers would do, and have for the whole window.
        case lessNeeded = "less_needed"
        /// Nothing has been to do for long.
        case idle
        /// The smallest size that the policy allows.
        case minimum
        /// The largest size that the policy allows.
        case maximum
        /// The size fits.
        case fits
        /// Fewer workers would do now, but not for long enough yet.
        case stabilising
        /// Redis is what is slow.
        case redisLimit = "redis_limit"
        /// The receivers take no more at once.
        case egressLimit = "egress_limit"
        /// Something that must be known is not.
        case metricUnknown = "metric_unknown"
        /// Another Redis server has just taken over.
        case frozen
        /// Workers that are asked for do not start.
        case startsFailing = "starts_failing"
    }

    /// One way to count how many workers are needed.
    public struct Candidate: Sendable, Hashable, Codable {
        /// What was counted.
        public var reason: Reason
        /// The workers, with a fraction.
        public var workers: Double
    }

    /// The version of this record.
    public static let recordVersion = 1

    /// The record's version.
    public var version = ScalingDecision.recordVersion
    /// When it was made, in milliseconds since the Unix epoch.
    public var atMilliseconds: Int64
    /// The size before.
    public var from: Int
    /// The size now.
    public var size: Int
    /// Why.
    public var reason: Reason
    /// Why, as one sentence with its numbers.
    public var sentence: String
    /// Every way in which it was counted.
    public var candidates: [Candidate]
    /// The most workers that were needed within the window before the pool may shrink.
    public var windowNeed: Int
    /// The deliveries a second that are expected.
    public var expectedRate: Double
    /// How long a delivery takes, in milliseconds.
    public var serviceMilliseconds: Double
    /// How many deliveries a second one worker makes.
    public var workerRate: Double
    /// What was seen.
    public var observation: PoolObservation

    /// Whether the pool is to have another size than before.
    public var isChange: Bool { size != from }

    /// When it was made.
    public var at: Timestamp { Timestamp(milliseconds: atMilliseconds) }
}
