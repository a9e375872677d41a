#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Where the time comes from.
///
/// Passed in everywhere, so that a test can own it.
public protocol WallClock: Sendable {
    /// The time now.
    func now() -> Timestamp

    /// Waits for `duration`, or throws `CancellationError` when the task is cancelled first.
    func sleep(for duration: Duration) async throws
}

/// The machine's own clock.
public struct SystemClock: WallClock {
    /// The machine's own clock.
    public init() {}

    /// The machine's wall-clock time.
    public func now() -> Timestamp {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        let right = Timestamp(milliseconds: Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000)
        #if DEBUG
            return right + ClockError.current
        #else
            return right
        #endif
    }

    /// Waits on the monotonic clock.
    public func sleep(for duration: Duration) async throws {
        try await Task.sleep(for: duration)
    }
}
