import TocsinAutoscaler
import TocsinCore

/// Prints decisions about the pool's size.
enum DecisionTable {
    static func show(_ decisions: [ScalingDecision]) {
        Output.table(
            [["TIME", "FROM", "TO", "REASON", "WHY"]]
                + decisions.map { [$0.at.rfc3339, "\($0.from)", "\($0.size)", $0.reason.rawValue, $0.sentence] })
    }

    static func explain(change: ScalingDecision?, newest: ScalingDecision?) {
        if let change {
            Output.line("Since \(change.at.rfc3339): \(change.sentence)")
            show(inputs: change)
        }
        if let newest {
            Output.line((change == nil ? "" : "\n") + "Now (\(newest.at.rfc3339)): \(newest.sentence)")
            show(inputs: newest)
        }
    }

    private static func show(inputs decision: ScalingDecision) {
        let seen = decision.observation
        func text(_ value: (some CustomStringConvertible)?) -> String { value.map { "\($0)" } ?? "unknown" }
        func rounded(_ value: Double?) -> String { text(value.map { ($0 * 100).rounded() / 100 }) }
        var rows = [["  SEEN", "VALUE"]]
        rows += [
            ["  waiting deliveries", text(seen.depth)], ["  of them retries", text(seen.dueRetries)],
            ["  waiting for a receiver", text(seen.blocked)], ["  alerts to route", text(seen.unrouted)],
            ["  oldest, ms", text(seen.oldestAgeMilliseconds)],
            ["  new deliveries a second", rounded(seen.arrivalRate)],
            ["  attempts a second", rounded(seen.attemptRate)], ["  retries a second", rounded(seen.retryRate)],
            ["  in flight", text(seen.inFlight)], ["  places at receivers", text(seen.freePlaces)],
            ["  places of a worker", "\(seen.concurrency)"], ["  cores a worker uses", rounded(seen.cpu)],
            ["  workers wanted, running, leaving", "\(seen.desired), \(seen.running), \(seen.draining)"],
            ["  failed starts", "\(seen.failedStarts)"],
            ["  Redis, 99th percentile, ms", rounded(seen.redisP99Milliseconds)],
            ["  cores that Redis uses", rounded(seen.redisLoad)],
            ["  expected deliveries a second", rounded(decision.expectedRate)],
            ["  a delivery takes, ms", rounded(decision.serviceMilliseconds)],
            ["  deliveries a second of one worker", rounded(decision.workerRate)],
        ]
        rows += decision.candidates.map { ["  workers for \($0.reason.rawValue)", rounded($0.workers)] }
        Output.table(rows)
    }
}
