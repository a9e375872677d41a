import Synchronization

/// Remembers that Redis may count notifications as this worker's of which the worker does not know.
final class UnclearClaims: Sendable {
    private let noted = Atomic<Bool>(false)

    /// Whether there may be some.
    var isNoted: Bool { noted.load(ordering: .acquiring) }

    func note() { noted.store(true, ordering: .releasing) }

    func clear() { noted.store(false, ordering: .releasing) }
}
