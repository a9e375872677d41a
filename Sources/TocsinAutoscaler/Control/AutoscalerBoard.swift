import Synchronization

/// What an autoscaler last saw and decided, for those who ask it.
final class AutoscalerBoard: Sendable {
    struct View: Sendable {
        var isInCharge = false
        var seen: PoolObservation?
        var decision: ScalingDecision?
    }

    private let state = Mutex(View())

    var view: View { state.withLock { $0 } }

    func note(seen: PoolObservation) { state.withLock { $0.seen = seen } }
    func note(decision: ScalingDecision) { state.withLock { $0.decision = decision } }
    func note(isInCharge: Bool) { state.withLock { $0.isInCharge = isInCharge } }
}
