/// How long to wait before the next try: exponential, capped, with jitter.
///
/// The delay before try n+1 (n = 1 after the first failure) is drawn evenly from
/// `[(1 - jitter) · d, d]` with `d = min(initial · factor^(n-1), maximum)`, so that many senders that failed together
/// do not return together ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
public struct Backoff: Sendable, Hashable {
    /// The longest delay after the first failure.
    public var initial: Duration
    /// By how much the delay grows with every failure.
    public var factor: Double
    /// The longest delay at all.
    public var maximum: Duration
    /// The part of the delay that is drawn at random, 0 to 1.
    public var jitter: Double

    /// A back-off.
    ///
    /// - Precondition: `factor` is at least 1 and `jitter` is within 0...1.
    public init(initial: Duration, factor: Double = 2, maximum: Duration, jitter: Double = 0.5) {
        precondition(factor >= 1 && (0...1).contains(jitter), "a back-off must not shrink and its jitter is a part")
        self.initial = initial
        self.factor = factor
        self.maximum = maximum
        self.jitter = jitter
    }

    /// The delay after `failures` failures in a row (1 or more).
    public func delay(afterFailures failures: Int, using generator: inout some RandomNumberGenerator) -> Duration {
        var limit = initial.seconds
        let most = maximum.seconds
        var count = 1
        // A loop with an early end, because factor^(n-1) overflows long before a patient receiver's last attempt.
        while count < failures && limit < most {
            limit *= factor
            count += 1
        }
        let bound = min(limit, most)
        return .milliseconds(Int64(Double.random(in: (bound * (1 - jitter))...bound, using: &generator) * 1000))
    }
}
