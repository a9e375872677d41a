import Synchronization
import TocsinCore
import TocsinStreams

/// The notifications in a worker's hands, and whether Redis may note others as its too.
final class HeldClaims: Sendable {
    private struct State {
        var held: [ClaimedDelivery.Reference: TenantID] = [:]
        var isUnclear = false
        var epoch: Int?
    }

    private let state = Mutex(State())

    /// Whether an answer was lost, so that Redis may count more as this worker's than the worker knows of.
    var isUnclear: Bool { state.withLock { $0.isUnclear } }

    /// What is in hand.
    var held: Set<ClaimedDelivery.Reference> { state.withLock { Set($0.held.keys) } }

    /// The tenants of what is in hand.
    var tenants: Set<TenantID> { state.withLock { Set($0.held.values) } }

    /// Notes which master is asked from now on: a new one may not know of settlements that an old one has answered.
    func note(epoch: Int) {
        state.withLock { state in
            if state.epoch != epoch { state.isUnclear = state.isUnclear || state.epoch != nil }
            state.epoch = epoch
        }
    }

    func noteUnclear() { state.withLock { $0.isUnclear = true } }

    func clear() { state.withLock { $0.isUnclear = false } }

    func take(_ claims: [ClaimedDelivery]) {
        state.withLock { state in
            for claim in claims { state.held[claim.reference] = claim.tenant }
        }
    }

    /// - Parameter isRecorded: Whether Redis is known to count it as this worker's no longer.
    func release(_ claim: ClaimedDelivery, isRecorded: Bool) {
        state.withLock { state in
            state.held[claim.reference] = nil
            if !isRecorded { state.isUnclear = true }
        }
    }
}
