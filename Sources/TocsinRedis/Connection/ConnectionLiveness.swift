import Synchronization

/// Whether a connection can still be used.
///
/// A channel counts as active until its closing is complete, and over TLS that waits for the peer; nobody may choose the
/// connection meanwhile.
final class ConnectionLiveness: Sendable {
    private let hasEnded = Atomic<Bool>(false)

    var isUsable: Bool { !hasEnded.load(ordering: .acquiring) }

    func end() { hasEnded.store(true, ordering: .releasing) }
}
