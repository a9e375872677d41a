/// What a load generator did and how the server took it.
public struct LoadReport: Sendable, Hashable, Codable {
    /// The prefix of every `bench_id` of the run.
    public internal(set) var run: String
    /// When the first request was due, in milliseconds since 1970.
    public internal(set) var startedAtMilliseconds: Int64
    /// From the first request to the last answer.
    public internal(set) var elapsedSeconds: Double
    /// Requests sent.
    public internal(set) var posts: Int
    /// Alerts sent.
    public internal(set) var alerts: Int
    /// Alerts in requests that were answered 2xx.
    public internal(set) var acceptedAlerts: Int
    /// Accepted alerts a second.
    public internal(set) var alertsPerSecond: Double
    /// How often each status came.
    public internal(set) var statuses: [String: Int]
    /// Requests without an answer, by reason: `timeout`, `closed`, `malformed`; and `connect` for failed connects.
    public internal(set) var errors: [String: Int]
    /// Answer times of the requests.
    ///
    /// Paced, they count from when a request was due, not from when it could be sent.
    public internal(set) var latency: LatencySummary
    /// Whether everything was sent and answered before the time was up.
    public internal(set) var isComplete: Bool

    /// Requests that were not answered 2xx.
    public var failedPosts: Int {
        posts - statuses.reduce(0) { $0 + ($1.key.hasPrefix("2") ? $1.value : 0) }
    }
}
