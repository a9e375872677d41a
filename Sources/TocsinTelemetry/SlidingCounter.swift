import Synchronization
public import TocsinCore

/// Counts what happened in the last 24 hours, in steps of five minutes.
public final class SlidingCounter: Sendable {
    private static let step: Int64 = 300_000
    private static let slots = 288

    private struct Slot {
        var number: Int64 = -1
        var count = 0
    }

    private let slots = Mutex(Array(repeating: Slot(), count: SlidingCounter.slots))

    /// Starts at zero.
    public init() {}

    /// Counts something that happened at a time.
    public func add(_ count: Int, at time: Timestamp) {
        let number = time.milliseconds / SlidingCounter.step
        let index = Int(number % Int64(SlidingCounter.slots))
        slots.withLock { slots in
            if slots[index].number != number { slots[index] = Slot(number: number) }
            slots[index].count += count
        }
    }

    /// How much was counted in the 24 hours before a time.
    public func total(at now: Timestamp) -> Int {
        let newest = now.milliseconds / SlidingCounter.step
        let oldest = newest - Int64(SlidingCounter.slots) + 1
        return slots.withLock { slots in
            slots.reduce(0) { (oldest...newest).contains($1.number) ? $0 + $1.count : $0 }
        }
    }
}
