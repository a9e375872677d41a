import DequeModule
import TocsinCore
import TocsinStreams

/// The batches that a node has accepted lately, oldest first.
///
/// A value without I/O. Each batch carries the number of the master that is known to have it; after a failover all that
/// carry an older one are owed to the new master.
struct RingBuffer {
    private struct Entry {
        let batch: SealedBatch
        let addedAt: Timestamp
        var epoch: Int
    }

    let time: Duration
    let byteLimit: Int
    private var entries: Deque<Entry> = []
    /// The number of the first entry, counted since the start.
    private var first = 0
    /// Before this number nothing is owed.
    private var cursor = 0
    /// The bytes of all batches.
    private(set) var bytes = 0
    /// The number of the master that is to have everything.
    private(set) var epoch: Int

    init(time: Duration, byteLimit: Int, epoch: Int) {
        self.time = time
        self.byteLimit = byteLimit
        self.epoch = epoch
    }

    var count: Int { entries.count }

    /// Since when nothing is missing; `nil` while there is nothing.
    var oldest: Timestamp? { entries.first?.addedAt }

    /// Adds a batch that the master of an epoch has taken.
    ///
    /// The answer is how many batches had to leave before their time, to make room.
    mutating func add(_ batch: SealedBatch, at now: Timestamp, epoch: Int) -> Int {
        entries.append(Entry(batch: batch, addedAt: now, epoch: epoch))
        bytes += batch.size
        if epoch < self.epoch { cursor = min(cursor, first + entries.count - 1) }
        var dropped = 0
        while bytes > byteLimit, entries.count > 1, let oldest = removeFirst() {
            if now - oldest.addedAt < time { dropped += 1 }
        }
        return dropped
    }

    /// Lets go of what is older than the ring reaches; answers how many batches that were.
    mutating func expire(now: Timestamp) -> Int {
        var count = 0
        while let oldest = entries.first, now - oldest.addedAt >= time {
            _ = removeFirst()
            count += 1
        }
        return count
    }

    /// Another server is master: everything is owed to it.
    mutating func begin(epoch: Int) {
        guard epoch > self.epoch else { return }
        self.epoch = epoch
        cursor = first
    }

    /// Whether the master may lack something.
    var owes: Bool { nextOwed != nil }

    /// The next batches that are owed, in their order, with the number after the last of them.
    func owed(limit: Int) -> (batches: [SealedBatch], end: Int) {
        guard let start = nextOwed else { return ([], first + entries.count) }
        var batches: [SealedBatch] = []
        var number = start
        while number < first + entries.count, batches.count < limit {
            let entry = entries[number - first]
            if entry.epoch < epoch { batches.append(entry.batch) }
            number += 1
        }
        return (batches, number)
    }

    /// Notes that the master of an epoch has everything before a number.
    mutating func settle(before end: Int, epoch: Int) {
        guard epoch == self.epoch else { return }
        for number in max(cursor, first)..<max(end, cursor, first) { entries[number - first].epoch = epoch }
        cursor = max(cursor, end)
    }

    private var nextOwed: Int? {
        var number = max(cursor, first)
        while number < first + entries.count {
            if entries[number - first].epoch < epoch { return number }
            number += 1
        }
        return nil
    }

    private mutating func removeFirst() -> Entry? {
        guard let entry = entries.popFirst() else { return nil }
        first += 1
        bytes -= entry.batch.size
        return entry
    }
}
