import TocsinCore
import TocsinIntegrations
import TocsinStreams

/// What follows from the end of an attempt: pure.
struct SettlementRule {
    /// How the receiver's retries are spaced.
    let backoff: Backoff
    /// How long after its making a notification is given up.
    let deadline: Duration

    /// The longest pause for a whole receiver: whatever one answer asks for, other notifications get their chance.
    static let longestPause = Duration.seconds(3600)

    /// The longest for which nothing is tried at a receiver that nobody has changed: what was wrong may be mended at the
    /// vendor's.
    static let parking = Duration.seconds(3600)

    /// For how long others are told that a receiver is parked, unless it is parked again or works: longer than it takes
    /// until the next attempt, unless there is nothing to tell it of.
    static let notice = Duration.seconds(86_400)

    /// Decides what becomes of a notification.
    ///
    /// - Parameters:
    ///   - outcome: How the attempt ended.
    ///   - attempt: The attempt's number, from 1.
    ///   - createdAt: When the notification was made.
    ///   - now: The time now, by the same clock.
    ///   - record: The attempt's record.
    /// - Returns: The settlement; a receiver that is parked is so under no settings yet.
    func settlement(
        after outcome: DeliveryOutcome, attempt: Int, createdAt: Timestamp, now: Timestamp, record: String,
        using generator: inout some RandomNumberGenerator
    ) -> Settlement {
        switch outcome {
        case .delivered:
            return Settlement(verdict: .delivered, attempt: record, health: .healthy)
        case .reject(let reason), .split(let reason):
            return Settlement(verdict: .dead(reason: reason.code), attempt: record, health: .unknown)
        case .disable(let reason), .reauthenticate(let reason):
            return Settlement(
                verdict: .dead(reason: reason.code), attempt: record,
                health: .parked(SettlementRule.parking, settings: ""))
        case .retry(let hint, let reason):
            let own = backoff.delay(afterFailures: attempt, using: &generator)
            let wait = max(own, hint ?? .zero)
            let health: Settlement.Health =
                if reason == .rateLimited || hint != nil {
                    .paused(min(wait, SettlementRule.longestPause))
                } else { .failed(pause: .zero) }
            // A notification that could only be tried after its deadline is given up now, not later.
            let left = createdAt + deadline - now
            guard own <= left else {
                return Settlement(verdict: .dead(reason: "deadline"), attempt: record, health: health)
            }
            // A receiver that asks for more time than there is gets all that there is, and a last attempt.
            return Settlement(verdict: .retry(after: min(wait, left)), attempt: record, health: health)
        }
    }
}
