import Synchronization

/// Decides for a pool that somebody else scales by the metrics of this process: it remembers the size, and changes nothing.
public final class NoDriver: PoolDriver {
    private let size: Mutex<Int>

    /// A driver that takes a pool for so large at first.
    public init(size: Int) { self.size = Mutex(size) }

    /// `none`.
    public var name: String { "none" }

    /// The size that was last asked for.
    public func observe() async throws(DriverError) -> PoolSize {
        let size = size.withLock { $0 }
        return PoolSize(desired: size, running: size)
    }

    /// Remembers the size.
    public func scale(to size: Int, leaving: [String]) async throws(DriverError) {
        self.size.withLock { $0 = size }
    }
}
