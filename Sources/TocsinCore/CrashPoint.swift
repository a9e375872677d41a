/// Places at which a debug build can be made to die, so that a test can show that dying there loses nothing.
///
/// `TOCSIN_CRASH_AT=redis.settle.before:2` ends the process, as `kill -9` would, at the second passing of that point;
/// `TOCSIN_CRASH_POINTS=FILE` adds a line with its name to the file at every passing of any. A release build has neither.
public enum CrashPoint {
    #if DEBUG
        /// Passes a point.
        ///
        /// - Parameter name: Its name: the part, what it does, and whether that is before it or after.
        public static func pass(_ name: @autoclosure () -> String) { CrashPlan.current?.pass(name()) }
    #else
        /// Passes a point, which a release build does not have.
        @inlinable
        public static func pass(_ name: @autoclosure () -> String) {}
    #endif
}
