import Foundation

/// Foresees how many deliveries a second there will be, from how many there were.
///
/// Three smoothed values, of which the largest counts: a quick one that follows a spike, a slow one that does not forget
/// it at once, and Holt's level with trend (C. C. Holt, 1957) for what climbs steadily.
public struct ArrivalForecast: Sendable, Hashable {
    private static let fastWeight = 0.5
    private static let slowWeight = 0.05
    private static let levelWeight = 0.3
    private static let trendWeight = 0.1

    private var fast = 0.0
    private var slow = 0.0
    private var level = 0.0
    private var trend = 0.0
    private var isNew = true

    /// A forecast that has seen nothing.
    public init() {}

    /// Notes a rate that held for some seconds; the weights are those of one second.
    mutating func note(_ rate: Double, over seconds: Double) {
        guard !isNew else {
            (fast, slow, level, isNew) = (rate, rate, rate, false)
            return
        }
        fast += (rate - fast) * Self.weight(Self.fastWeight, seconds)
        slow += (rate - slow) * Self.weight(Self.slowWeight, seconds)
        let before = level
        level += trend * seconds
        level += (rate - level) * Self.weight(Self.levelWeight, seconds)
        trend += ((level - before) / seconds - trend) * Self.weight(Self.trendWeight, seconds)
    }

    /// The rate to be ready for, some seconds ahead.
    func rate(ahead seconds: Double) -> Double {
        // A trend is believed for no more than to double the level: after a jump it points far too high for a while.
        let climbed = min(level + trend * seconds, 2 * level)
        return max(0, fast, slow, climbed)
    }

    private static func weight(_ weight: Double, _ seconds: Double) -> Double { 1 - pow(1 - weight, seconds) }
}
