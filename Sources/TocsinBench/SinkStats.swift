/// What a sink has received so far.
///
/// Alerts count when their request was answered 2xx.
public struct SinkStats: Sendable, Hashable, Codable {
    /// Webhook requests.
    public internal(set) var requests = 0
    /// Requests that were not answered 2xx.
    public internal(set) var refusedRequests = 0
    /// Alerts.
    public internal(set) var alerts = 0
    /// Alerts that said firing.
    public internal(set) var firing = 0
    /// Alerts that said resolved.
    public internal(set) var resolved = 0
    /// Different `bench_id`s.
    public internal(set) var distinct = 0
    /// Alerts in the same state as at their last arrival.
    public internal(set) var duplicates = 0
    /// Alerts that arrived after one of the same `bench_id` that had been sent later.
    public internal(set) var orderViolations = 0
    /// Alerts without a `bench_id`.
    public internal(set) var unmarked = 0
    /// Alerts that were not looked at any more, because the sink holds as many as it may.
    public internal(set) var overflowed = 0
    /// When the first accepted request came, in milliseconds since 1970; 0 before it.
    public internal(set) var firstArrivalMilliseconds: Int64 = 0
    /// When the latest accepted request came.
    public internal(set) var lastArrivalMilliseconds: Int64 = 0
    /// From the moment an alert was due to be posted to its arrival; duplicates and late ones do not count.
    public internal(set) var latency = LatencySummary(nanoseconds: Histogram())
}
