import Synchronization
import TocsinStreams

/// The notifications in a worker's hands, and whether Redis may note others as its too.
final class HeldClaims: Sendable {
    private struct State {
        var held: Set<ClaimedDelivery.Reference> = []
        var isUnclear = false
    }

    private let state = Mutex(State())

    /// Whether an answer was lost, so that Redis may count more as this worker's than the worker knows of.
    var isUnclear: Bool { state.withLock { $0.isUnclear } }

    /// What is in hand.
    var held: Set<ClaimedDelivery.Reference> { state.withLock { $0.held } }

    func noteUnclear() { state.withLock { $0.isUnclear = true } }

    func clear() { state.withLock { $0.isUnclear = false } }

    func take(_ claims: [ClaimedDelivery]) {
        state.withLock { state in
            for claim in claims { state.held.insert(claim.reference) }
        }
    }

    /// - Parameter isRecorded: Whether Redis is known to count it as this worker's no longer.
    func release(_ claim: ClaimedDelivery, isRecorded: Bool) {
        state.withLock { state in
            state.held.remove(claim.reference)
            if !isRecorded { state.isUnclear = true }
        }
    }
}
