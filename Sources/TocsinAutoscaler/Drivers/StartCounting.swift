/// A driver that knows how many of the workers that it started came to nothing.
public protocol StartCounting: PoolDriver {
    /// How many starts failed within the last minute.
    var failedStarts: Int { get }
}
