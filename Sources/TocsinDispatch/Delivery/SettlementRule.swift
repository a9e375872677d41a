import TocsinCore
import TocsinIntegrations
import TocsinStreams

/// What follows from the end of an attempt: pure.
struct SettlementRule {
    /// How the receiver's retries are spaced.
    let backoff: Backoff
    /// How long after its making a notification is given up.
    let deadline: Duration

    /// Decides what becomes of a notification.
    ///
    /// - Parameters:
    ///   - outcome: How the attempt ended.
    ///   - attempt: The attempt's number, from 1.
    ///   - createdAt: When the notification was made.
    ///   - now: The time now, by the same clock.
    ///   - record: The attempt's record.
    func settlement(
        after outcome: DeliveryOutcome, attempt: Int, createdAt: Timestamp, now: Timestamp, record: String,
        using generator: inout some RandomNumberGenerator
    ) -> Settlement {
        switch outcome {
        case .delivered:
            return Settlement(verdict: .delivered, attempt: record, health: .healthy)
        case .reject(let reason):
            return Settlement(verdict: .dead(reason: reason.code), attempt: record, health: .unknown)
        case .disable(let reason):
            return Settlement(verdict: .dead(reason: reason.code), attempt: record, health: .failed(pause: .zero))
        case .retry(let hint, let reason):
            let own = backoff.delay(afterFailures: attempt, using: &generator)
            let wait = max(own, hint ?? .zero)
            let health: Settlement.Health =
                if reason == .rateLimited || hint != nil { .paused(wait) } else { .failed(pause: .zero) }
            // A notification that could only be tried after its deadline is given up now, not later.
            if now + wait > createdAt + deadline {
                return Settlement(verdict: .dead(reason: "deadline"), attempt: record, health: health)
            }
            return Settlement(verdict: .retry(after: wait), attempt: record, health: health)
        }
    }
}
