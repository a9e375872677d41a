/// Starts and stops workers.
///
/// A driver does what it is told and says what is; whether a pool should grow is decided elsewhere. No platform ends a worker
/// that is delivering: it asks it to drain (SIGTERM), and waits.
public protocol PoolDriver: Sendable {
    /// The driver's name in logs, metrics and `tocsin autoscaler status`.
    var name: String { get }

    /// How many workers are wanted and which run, as the platform says it.
    ///
    /// - Throws: ``DriverError``; the pool is then left as it is until an answer comes.
    func observe() async throws(DriverError) -> PoolSize

    /// Asks the platform for a size; called again with the same size it changes nothing.
    ///
    /// - Parameters:
    ///   - size: How many workers there should be, 0 or more.
    ///   - leaving: Node ids, in the order in which they may go if the pool is to be smaller; perhaps none.
    /// - Throws: ``DriverError``; the same is then asked for again later.
    func scale(to size: Int, leaving: [String]) async throws(DriverError)
}

/// How large a pool is, as its platform says it.
public struct PoolSize: Sendable, Hashable {
    /// How many workers the platform has been asked for.
    public var desired: Int
    /// How many of them run, ready or not.
    public var running: Int

    /// A size.
    public init(desired: Int, running: Int) {
        self.desired = desired
        self.running = running
    }
}
