import Synchronization
import TocsinConfiguration

/// Lets requests in as a token bucket does: one each interval, and a burst of them after a silence.
final class RequestRate: Sendable {
    private let limit: WebConfiguration.RateLimit
    private let state: Mutex<(tokens: Double, at: ContinuousClock.Instant)>

    init(_ limit: WebConfiguration.RateLimit, now: ContinuousClock.Instant = .now) {
        self.limit = limit
        state = Mutex((Double(limit.burst), now))
    }

    /// Whether another request may come in.
    func allows(now: ContinuousClock.Instant = .now) -> Bool {
        state.withLock { state in
            let earned = limit.interval > .zero ? (now - state.at) / limit.interval : .infinity
            state = (min(Double(limit.burst), state.tokens + max(0, earned)), max(now, state.at))
            guard state.tokens >= 1 else { return false }
            state.tokens -= 1
            return true
        }
    }
}
