import Synchronization

/// How many more notifications this process may have in flight.
///
/// One task takes, many give back.
final class DeliverySlots: Sendable {
    private let free: Mutex<Int>
    private let total: Int
    private let continuation: AsyncStream<Void>.Continuation
    private let freed: AsyncStream<Void>

    init(_ total: Int) {
        self.total = total
        free = Mutex(total)
        (freed, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    var inFlight: Int { total - free.withLock { $0 } }

    /// Takes up to `most` slots, at least one; waits until there is one.
    ///
    /// Answers 0 when the task is cancelled.
    func take(_ most: Int) async -> Int {
        var changes = freed.makeAsyncIterator()
        while true {
            let taken = free.withLock { free in
                let taken = min(most, free)
                free -= taken
                return taken
            }
            if taken > 0 { return taken }
            guard await changes.next() != nil else { return 0 }
        }
    }

    func giveBack(_ count: Int) {
        guard count > 0 else { return }
        free.withLock { $0 += count }
        continuation.yield()
    }
}
