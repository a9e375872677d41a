import TocsinCore

/// What the law remembers from one decision to the next.
public struct ScalingState: Sendable, Hashable {
    /// A size that was needed at a moment.
    struct Need: Sendable, Hashable {
        var at: Timestamp
        var workers: Int
    }

    /// What comes.
    var forecast = ArrivalForecast()
    /// Deliveries under way and attempts a second, both smoothed; by Little's law their ratio is how long one takes.
    var inFlight = 0.0
    var attempts = 0.0
    /// What was needed within the window, a bounded list: each is larger than all that came after it.
    var needs: [Need] = []
    /// Since when everything that must be known has been.
    var watchingSince: Timestamp?
    var lastAt: Timestamp?
    var lastShrunkAt: Timestamp?
    var lastRuleAt: Timestamp?
    var lastBusyAt: Timestamp?
    var redisServer: String?
    var frozenUntil: Timestamp?

    /// A state that remembers nothing.
    public init() {}

    /// How long a delivery takes, in seconds; `nil` if none has been seen.
    var serviceSeconds: Double? { attempts > 0.01 && inFlight > 0 ? inFlight / attempts : nil }

    mutating func learn(from seen: PoolObservation, _ policy: ScalingPolicy, now: Timestamp) {
        let seconds = lastAt.map { min(60, max(0.001, (now - $0).seconds)) } ?? 1
        lastAt = now
        if let rate = seen.arrivalRate { forecast.note(rate, over: seconds) }
        if let flying = seen.inFlight, let rate = seen.attemptRate, flying > 0 || rate > 0 {
            let weight = attempts == 0 ? 1 : min(1, 0.2 * seconds)
            inFlight += (Double(flying) - inFlight) * weight
            attempts += (rate - attempts) * weight
        }
        if seen.hasWork || (seen.inFlight ?? 0) > 0 || lastBusyAt == nil { lastBusyAt = now }
        if let server = seen.redisServer {
            if let before = redisServer, before != server { frozenUntil = now + policy.freeze }
            redisServer = server
        }
    }

    /// Notes what is needed now, and forgets what was needed before the window.
    mutating func note(need workers: Int, window: Duration, now: Timestamp) {
        needs.removeAll { now - $0.at >= window || $0.workers <= workers }
        needs.append(Need(at: now, workers: workers))
    }

    /// The most that was needed within the window.
    var highestNeed: Int { needs.first?.workers ?? 0 }
}
