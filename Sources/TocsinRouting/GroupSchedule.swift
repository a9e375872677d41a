public import TocsinCore

/// When a group is to be flushed.
///
/// Alertmanager flushes a group `group_wait` after its first alert and then every `group_interval`, whether there is
/// anything to say or not. The ticks here are the same ones, but those at which nothing can have changed are left out: a
/// group that waits for an alert to end or for `repeat_interval` costs nothing meanwhile.
public enum GroupSchedule {
    /// When a new group is flushed first: after `wait`, or at once if an alert has been firing for longer than that.
    public static func first(alertStart: Timestamp, wait: Duration, now: Timestamp) -> Timestamp {
        alertStart + wait < now ? now : now + wait
    }

    /// The first tick at or after `time` of a group that was flushed at `flushed`, and never `flushed` itself.
    public static func tick(notBefore time: Timestamp, flushed: Timestamp, interval: Duration) -> Timestamp {
        let step = max(1, interval.milliseconds)
        let distance = max(1, time.milliseconds - flushed.milliseconds)
        return Timestamp(milliseconds: flushed.milliseconds + (distance + step - 1) / step * step)
    }
}
