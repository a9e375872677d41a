public import TocsinCore

/// How one attempt to deliver a notification ended, as the trail keeps it.
public struct AttemptTrail: Sendable, Hashable {
    /// When it was recorded.
    public var time: Timestamp
    /// The notification.
    public var notification: String
    /// The receiver.
    public var receiver: String
    /// `delivered`, `retry` or `dead`.
    public var verdict: String
    /// Why it was given up; empty otherwise.
    public var reason: String
    /// The attempt: when, how long, and how it ended.
    public var attempt: String

    /// An attempt.
    public init(
        time: Timestamp, notification: String, receiver: String, verdict: String, reason: String, attempt: String
    ) {
        self.time = time
        self.notification = notification
        self.receiver = receiver
        self.verdict = verdict
        self.reason = reason
        self.attempt = attempt
    }
}
