/// A moment in wall-clock time, as milliseconds since 1970-01-01T00:00:00Z.
public struct Timestamp: Sendable, Hashable, Comparable {
    /// Milliseconds since the Unix epoch; negative before it.
    public var milliseconds: Int64

    /// A moment from milliseconds since the Unix epoch.
    public init(milliseconds: Int64) { self.milliseconds = milliseconds }

    /// 1970-01-01T00:00:00Z.
    public static let epoch = Timestamp(milliseconds: 0)

    /// Go's zero time, 0001-01-01T00:00:00Z, which Alertmanager's wire formats use for "not set".
    public static let unset = Timestamp(milliseconds: -62_135_596_800_000)

    /// Whether this is Go's zero time.
    public var isUnset: Bool { self == .unset }

    /// By time.
    public static func < (left: Timestamp, right: Timestamp) -> Bool { left.milliseconds < right.milliseconds }

    /// The moment `duration` later, to the millisecond.
    public static func + (left: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(milliseconds: left.milliseconds + duration.milliseconds)
    }

    /// The moment `duration` earlier, to the millisecond.
    public static func - (left: Timestamp, duration: Duration) -> Timestamp {
        Timestamp(milliseconds: left.milliseconds - duration.milliseconds)
    }

    /// The time from `right` to `left`.
    public static func - (left: Timestamp, right: Timestamp) -> Duration {
        .milliseconds(left.milliseconds - right.milliseconds)
    }
}

extension Duration {
    /// The whole milliseconds in this duration, rounded towards zero.
    public var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + attoseconds / 1_000_000_000_000_000
    }

    /// The duration in seconds.
    public var seconds: Double {
        let (seconds, attoseconds) = components
        return Double(seconds) + Double(attoseconds) / 1e18
    }
}
