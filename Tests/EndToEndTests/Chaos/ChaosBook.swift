import Synchronization
import TocsinTesting

/// What was accepted and what has arrived, per tenant and alert.
final class ChaosBook: Sendable {
    struct State {
        var acceptedFiring: Set<String> = []
        var acceptedResolved: Set<String> = []
        var arrivedFiring: [String: Int] = [:]
        var arrivedResolved: [String: Int] = [:]
        var orderViolations: [String] = []
    }
    let state = Mutex(State())

    func arrived(_ tenant: String, _ request: ReceivedRequest) {
        state.withLock { state in
            for alert in Posted.alerts(in: request) {
                let key = tenant + "/" + alert.id
                if alert.status == "firing" {
                    state.arrivedFiring[key, default: 0] += 1
                    // A resolved alert never fires again here: a firing one after it is out of order.
                    if state.arrivedResolved[key] != nil { state.orderViolations.append(key) }
                } else {
                    state.arrivedResolved[key, default: 0] += 1
                    if state.arrivedFiring[key] == nil { state.orderViolations.append(key) }
                }
            }
        }
    }

    var missing: [String] {
        state.withLock { state in
            state.acceptedFiring.filter { state.arrivedFiring[$0] == nil }
                + state.acceptedResolved.filter { state.arrivedResolved[$0] == nil }.map { "resolved " + $0 }
        }
    }

    var duplicates: Int {
        state.withLock { state in
            state.arrivedFiring.values.reduce(0) { $0 + $1 - 1 }
                + state.arrivedResolved.values.reduce(0) { $0 + $1 - 1 }
        }
    }

    var accepted: Int { state.withLock { $0.acceptedFiring.count + $0.acceptedResolved.count } }

    /// Takes note that a resolved alert has overtaken its firing one, if one that has long come again is not meant.
    var orderViolations: [String] { state.withLock { $0.orderViolations } }
}
