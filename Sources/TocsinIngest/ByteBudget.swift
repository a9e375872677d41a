import Synchronization

/// How many bytes of request bodies a node may hold at once, over all connections.
///
/// Without it, enough senders whose queue does not answer would take all memory, each within its own limit.
final class ByteBudget: Sendable {
    private let limit: Int
    private let held = Atomic<Int>(0)

    init(limit: Int) { self.limit = limit }

    /// Bytes held now.
    var bytes: Int { held.load(ordering: .relaxed) }

    /// The share of the limit that is held, in percent.
    var percent: Int { limit > 0 ? bytes * 100 / limit : 0 }

    /// Takes bytes, or answers `false` and takes none if there are not that many left.
    func take(_ count: Int) -> Bool {
        let (_, total) = held.add(count, ordering: .relaxed)
        if total <= limit { return true }
        give(back: count)
        return false
    }

    /// Gives bytes back.
    func give(back count: Int) { held.subtract(count, ordering: .relaxed) }
}
