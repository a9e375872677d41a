import Synchronization
public import TocsinCore

/// A clock that stands still until the test moves it.
///
/// What sleeps on it wakes in the order of its deadlines, and in the order of arrival where they are equal.
public final class ManualClock: WallClock {
    private struct Sleeper {
        let number: Int
        let deadline: Timestamp
        let continuation: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var time: Timestamp
        var nextNumber = 0
        var sleepers: [Sleeper] = []
        /// Sleeps whose cancellation came before their continuation.
        var cancelled: Set<Int> = []
    }

    private let state: Mutex<State>

    /// A clock that shows `start`.
    public init(_ start: Timestamp = Timestamp(milliseconds: 1_790_000_000_000)) {
        state = Mutex(State(time: start))
    }

    /// What the clock shows.
    public func now() -> Timestamp { state.withLock { $0.time } }

    /// How many tasks sleep on this clock.
    public var sleeperCount: Int { state.withLock { $0.sleepers.count } }

    /// The earliest moment that anybody sleeps until.
    public var nextDeadline: Timestamp? { state.withLock { $0.sleepers.map(\.deadline).min() } }

    /// Waits until the test has moved the clock by `duration`.
    public func sleep(for duration: Duration) async throws {
        try Task.checkCancellation()
        guard duration > .zero else { return }
        let number = state.withLock {
            $0.nextNumber += 1
            return $0.nextNumber
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let isCancelled = state.withLock { state in
                    guard state.cancelled.remove(number) == nil else { return true }
                    state.sleepers.append(
                        Sleeper(number: number, deadline: state.time + duration, continuation: continuation))
                    return false
                }
                if isCancelled { continuation.resume(throwing: CancellationError()) }
            }
        } onCancel: {
            cancel(number)
        }
    }

    /// Moves the clock, and wakes whoever has slept long enough by then.
    public func advance(by duration: Duration) {
        let end = now() + duration
        while let sleeper = takeNext(until: end) { sleeper.continuation.resume() }
        state.withLock { $0.time = max($0.time, end) }
    }

    /// Sets the clock, as an operator might; nobody wakes who would not by ``advance(by:)``.
    public func set(_ time: Timestamp) {
        let difference = time - now()
        guard difference < .zero else { return advance(by: difference) }
        state.withLock { $0.time = time }
    }

    /// Waits until `count` tasks sleep on this clock, so that moving it reaches them.
    public func waitForSleepers(_ count: Int = 1, deadline: Duration = .seconds(120)) async throws {
        try await eventually(deadline: deadline, "\(count) tasks sleep") { self.sleeperCount >= count }
    }

    private func takeNext(until end: Timestamp) -> Sleeper? {
        state.withLock { state in
            guard let next = state.sleepers.min(by: { ($0.deadline, $0.number) < ($1.deadline, $1.number) }),
                next.deadline <= end
            else { return nil }
            state.sleepers.removeAll { $0.number == next.number }
            state.time = max(state.time, next.deadline)
            return next
        }
    }

    private func cancel(_ number: Int) {
        let sleeper = state.withLock { state -> Sleeper? in
            guard let index = state.sleepers.firstIndex(where: { $0.number == number }) else {
                state.cancelled.insert(number)
                return nil
            }
            return state.sleepers.remove(at: index)
        }
        sleeper?.continuation.resume(throwing: CancellationError())
    }
}
