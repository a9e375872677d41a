public import TocsinAlerts
public import TocsinCore

/// What the arrival of an alert does to what is known of it.
public struct AlertArrival: Sendable {
    /// The alert as it is to be kept.
    public let alert: Alert
    /// Whether there is something to tell: the alert is new, has ended, or fires again.
    public let isNews: Bool

    /// Merges an alert that has arrived with the one that is kept.
    public init(_ arrived: Alert, known: Alert?, now: Timestamp) {
        guard let known else {
            alert = arrived
            isNews = true
            return
        }
        let merged = known.updatedAt > arrived.updatedAt ? arrived.merged(with: known) : known.merged(with: arrived)
        alert = merged
        // An end that was brought forward is to be told of when it comes, and the group's timer knows only the later one.
        isNews =
            merged.isResolved(at: now) != known.isResolved(at: now)
            || (!known.isResolved(at: now) && !merged.endsAt.isUnset && merged.endsAt < known.endsAt)
    }
}
