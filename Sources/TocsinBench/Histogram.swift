/// Counts of values in log-linear buckets: every answer is within 1/128 of the true value, at any scale, in 58 KB.
///
/// The idea is HdrHistogram's (Gil Tene): each power of two is cut into the same number of equal buckets, so recording is
/// one shift and one increment, and no sample is ever thrown away.
public struct Histogram: Sendable {
    private static let precisionBits = 7
    private static let bucketsPerPower = 1 << precisionBits

    private var counts: [UInt64]
    private var sum: Double
    /// How many values were recorded.
    public private(set) var count: UInt64
    /// The largest value, exactly.
    public private(set) var maximum: UInt64
    /// The smallest value, exactly; 0 when there is none.
    public private(set) var minimum: UInt64

    /// An empty histogram.
    public init() {
        counts = Array(repeating: 0, count: (UInt64.bitWidth - Histogram.precisionBits + 1) * Histogram.bucketsPerPower)
        sum = 0
        count = 0
        maximum = 0
        minimum = 0
    }

    /// Records one value.
    public mutating func record(_ value: UInt64) {
        counts[Histogram.bucket(of: value)] += 1
        minimum = count == 0 ? value : min(minimum, value)
        maximum = max(maximum, value)
        count += 1
        sum += Double(value)
    }

    /// Adds all values of another histogram.
    public mutating func merge(_ other: Histogram) {
        guard other.count > 0 else { return }
        for index in counts.indices { counts[index] += other.counts[index] }
        minimum = count == 0 ? other.minimum : min(minimum, other.minimum)
        maximum = max(maximum, other.maximum)
        count += other.count
        sum += other.sum
    }

    /// The mean, exactly; 0 when there is no value.
    public var mean: Double { count == 0 ? 0 : sum / Double(count) }

    /// The smallest recorded bucket's upper edge that at least `percent` percent of the values do not exceed.
    ///
    /// 0 when there is no value. Values outside 0...100 count as the nearest end.
    public func percentile(_ percent: Double) -> UInt64 {
        guard count > 0 else { return 0 }
        let rank = max(1, UInt64((Double(count) * min(max(percent, 0), 100) / 100).rounded(.up)))
        var seen: UInt64 = 0
        for (index, inBucket) in counts.enumerated() where inBucket > 0 {
            seen += inBucket
            if seen >= rank { return min(Histogram.upperEdge(of: index), maximum) }
        }
        return maximum
    }

    static func bucket(of value: UInt64) -> Int {
        let shift = max(0, UInt64.bitWidth - precisionBits - 1 - value.leadingZeroBitCount)
        return shift * bucketsPerPower + Int(value >> UInt64(shift))
    }

    static func upperEdge(of bucket: Int) -> UInt64 {
        guard bucket >= 2 * bucketsPerPower else { return UInt64(bucket) }
        let shift = UInt64(bucket / bucketsPerPower - 1)
        let lowest = UInt64(bucket % bucketsPerPower + bucketsPerPower) << shift
        return lowest + ((1 << shift) - 1)
    }
}
