public import TocsinCore

/// The time intervals of a tenant, and which routes they mute.
public struct TimeMuting: Sendable {
    private let intervals: [String: [CalendarInterval]]

    /// The intervals, by the names that routes give them.
    public init(_ intervals: [String: [CalendarInterval]]) { self.intervals = intervals }

    /// Whether a route tells nobody now: inside an interval that mutes it, or outside all in which it is active.
    public func isMuted(_ route: Route, at now: Timestamp) -> Bool { !muting(route, at: now).isEmpty }

    /// The names of the intervals that mute a route now: those it is muted in, or, outside all in which it is active, all
    /// of these.
    public func muting(_ route: Route, at now: Timestamp) -> [String] {
        func isInside(_ name: String) -> Bool { intervals[name]?.contains { $0.contains(now) } ?? false }
        let muted = route.muteTimeIntervals.filter(isInside)
        guard muted.isEmpty, !route.activeTimeIntervals.contains(where: isInside) else { return muted }
        return route.activeTimeIntervals
    }
}
