import NIOCore

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// Nanoseconds of the wall clock, which sender and sink share even when they are two processes.
///
/// Read once and carried forward on the monotonic clock: the schedule of a run must not jump when the wall clock is set.
struct BenchClock: Sendable {
    private let wallAtStart: Int64
    private let monotonicAtStart: UInt64

    init() {
        wallAtStart = BenchClock.wallNanoseconds()
        monotonicAtStart = NIODeadline.now().uptimeNanoseconds
    }

    /// The wall-clock time of a moment on the monotonic clock.
    func wall(_ moment: NIODeadline) -> Int64 {
        wallAtStart + Int64(moment.uptimeNanoseconds) - Int64(monotonicAtStart)
    }

    /// The machine's wall clock now.
    static func wallNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_REALTIME, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
