import Synchronization

/// Says which shards want to be looked at.
///
/// A shard that is waiting already is not queued again, so that the queue is never longer than there are shards.
final class ShardSignals: Sendable {
    private let waiting: Mutex<[Bool]>
    private let continuation: AsyncStream<Int>.Continuation
    /// The shards to look at, each as often as it was raised after it was last taken.
    let stream: AsyncStream<Int>

    init(shards: Int) {
        waiting = Mutex(Array(repeating: false, count: shards))
        (stream, continuation) = AsyncStream.makeStream(of: Int.self, bufferingPolicy: .bufferingOldest(shards))
    }

    func raise(_ shard: Int) {
        let isNew = waiting.withLock { waiting in
            defer { waiting[shard] = true }
            return !waiting[shard]
        }
        if isNew { continuation.yield(shard) }
    }

    func raiseAll() {
        for shard in 0..<waiting.withLock({ $0.count }) { raise(shard) }
    }

    /// To be called when a shard is taken from the stream, before it is looked at.
    func lower(_ shard: Int) { waiting.withLock { $0[shard] = false } }

    func finish() { continuation.finish() }
}
