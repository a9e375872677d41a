/// The shape of a latency distribution, in milliseconds.
public struct LatencySummary: Sendable, Hashable, Codable {
    /// How many latencies this is made of.
    public let count: UInt64
    /// The mean.
    public let mean: Double
    /// The median.
    public let p50: Double
    /// 95 of 100 are not above this.
    public let p95: Double
    /// 99 of 100 are not above this.
    public let p99: Double
    /// The largest.
    public let max: Double

    /// Sums up a histogram of nanoseconds.
    public init(nanoseconds histogram: Histogram) {
        count = histogram.count
        mean = LatencySummary.milliseconds(histogram.mean)
        p50 = LatencySummary.milliseconds(Double(histogram.percentile(50)))
        p95 = LatencySummary.milliseconds(Double(histogram.percentile(95)))
        p99 = LatencySummary.milliseconds(Double(histogram.percentile(99)))
        max = LatencySummary.milliseconds(Double(histogram.maximum))
    }

    /// Rounded to the microsecond, because more digits would pretend to a precision that is not there.
    private static func milliseconds(_ nanoseconds: Double) -> Double { (nanoseconds / 1000).rounded() / 1000 }
}
