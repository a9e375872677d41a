import TocsinCore

/// Says in one sentence why a pool has its size.
enum DecisionText {
    static func sentence(_ decision: ScalingDecision, _ policy: ScalingPolicy) -> String {
        head(decision) + ": " + body(decision, policy) + "."
    }

    private static func head(_ decision: ScalingDecision) -> String {
        let count = workers(decision.size)
        if decision.size > decision.from { return "\(count) instead of \(decision.from)" }
        return decision.size < decision.from ? "\(count) instead of \(decision.from)" : "\(count) as before"
    }

    private static func body(_ decision: ScalingDecision, _ policy: ScalingPolicy) -> String {
        let seen = decision.observation
        let each = "one worker makes \(number(decision.workerRate)) a second"
        let need = need(decision)
        switch decision.reason {
        case .steadyLoad:
            return "\(number(decision.expectedRate)) deliveries a second are expected, each takes "
                + "\(number(decision.serviceMilliseconds)) ms and \(each), of which "
                + "\(number(policy.utilisation * 100)) % may be used; that needs \(need)"
        case .backlog:
            return "\(waiting(seen)) are to be gone in \(DurationText.format(policy.drainTarget)) while "
                + "\(number(decision.expectedRate)) a second come, and \(each); that needs \(need)"
        case .age:
            return "the oldest of \(waiting(seen)) has waited \(age(seen)) of the \(DurationText.format(policy.slo)) "
                + "that it may, and \(each); that needs \(need)"
        case .routing:
            return
                "\(seen.unrouted ?? 0) alerts wait to be routed, and one worker routes \(number(policy.routingRate)) "
                + "a second; that needs \(need)"
        case .cpu:
            return "the workers use \(number((seen.cpu ?? 0) * 100)) % of a core each, and "
                + "\(number(policy.cpuTarget * 100)) % is wanted; that needs \(need)"
        case .rule: return rule(seen, policy)
        case .wake:
            return seen.hasWork
                ? "there is work (\(waiting(seen)), \(seen.unrouted ?? 0) alerts to route) and there was no worker"
                : "something falls due in \((seen.nextDueMilliseconds ?? 0) / 1000) s and there was no worker"
        case .lessNeeded:
            return "\(need) are needed now, no more than \(decision.windowNeed) were within the last "
                + "\(DurationText.format(policy.downWindow)), and at most \(number(policy.downStep * 100)) % go at once"
        case .idle: return "there has been nothing to do for \(DurationText.format(policy.idleAfter))"
        case .minimum: return "the policy wants \(policy.minimum) at least"
        case .maximum: return "\(need) are needed, but the policy allows \(policy.maximum) at most"
        case .fits:
            let isLeast = decision.size == policy.minimum && decision.windowNeed <= policy.minimum
            return "\(need) are needed" + (isLeast ? ", and the policy wants \(policy.minimum) at least" : "")
        case .stabilising:
            return "\(need) are needed now, but up to \(decision.windowNeed) were within the last "
                + "\(DurationText.format(policy.downWindow)), or the last step was less than "
                + "\(DurationText.format(policy.downPeriod)) ago"
        case .redisLimit:
            return "\(need) are needed, but Redis is what is slow (99th percentile "
                + "\(seen.redisP99Milliseconds.map { number($0) + " ms" } ?? "unknown"), load "
                + "\(seen.redisLoad.map { number($0 * 100) + " %" } ?? "unknown"))"
        case .egressLimit:
            return "\(need) are needed, but the receivers take \((seen.freePlaces ?? 0) + (seen.inFlight ?? 0)) "
                + "deliveries at once, and a worker has \(seen.concurrency) places"
        case .metricUnknown: return "unknown is \(seen.unknownEssentials.joined(separator: ", "))"
        case .frozen:
            return "another Redis server took over within the last \(DurationText.format(policy.freeze))"
        case .startsFailing:
            return "\(need) are needed, but \(seen.failedStarts) starts failed within a minute"
        }
    }

    private static func rule(_ seen: PoolObservation, _ policy: ScalingPolicy) -> String {
        let held = policy.rules.first { ($0.value(in: seen) ?? -.infinity) > $0.threshold }
        guard let held, let value = held.value(in: seen) else { return "a rule holds" }
        return "\(held.metric.rawValue) is \(number(value)), above \(number(held.threshold)), and the rule wants "
            + "\(number(held.factor)) times as many"
    }

    private static func need(_ decision: ScalingDecision) -> String {
        let most = decision.candidates.map(\.workers).max() ?? 0
        return number(most) + (most == 1 ? " worker" : " workers")
    }

    private static func workers(_ count: Int) -> String { count == 1 ? "1 worker" : "\(count) workers" }

    private static func waiting(_ seen: PoolObservation) -> String {
        let retries = seen.dueRetries ?? 0
        return "\(seen.depth ?? 0) waiting deliveries" + (retries > 0 ? " (\(retries) retries)" : "")
    }

    private static func age(_ seen: PoolObservation) -> String {
        number(Double(seen.oldestAgeMilliseconds ?? 0) / 1000) + " s"
    }

    /// A number as a person reads it: two digits after the point below ten, one below a hundred, none above.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "?" }
        let size = abs(value)
        let scale = size < 10 ? 100.0 : size < 100 ? 10.0 : 1.0
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() && abs(rounded) < 1e15 ? "\(Int(rounded))" : "\(rounded)"
    }
}
