import Synchronization

/// Whether this node is on its way out, and how it is sent there.
final class DrainSwitch: Sendable {
    /// Who wants the node to end.
    enum Reason: String, Sendable {
        case signal
        /// A mark in Redis: `tocsin node drain`, or the autoscaler.
        case mark
    }

    private let flag = Atomic<Bool>(false)
    private let continuation: AsyncStream<Reason>.Continuation
    /// The first request, and no other.
    let requests: AsyncStream<Reason>

    init() {
        (requests, continuation) = AsyncStream.makeStream(of: Reason.self, bufferingPolicy: .bufferingOldest(1))
    }

    /// Whether the drain has begun.
    var isDraining: Bool { flag.load(ordering: .acquiring) }

    /// Begins the drain; nothing happens if it has begun.
    func request(_ reason: Reason) {
        guard !flag.exchange(true, ordering: .acquiringAndReleasing) else { return }
        continuation.yield(reason)
        continuation.finish()
    }
}
