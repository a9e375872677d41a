import Synchronization
import TocsinCore

/// Slows down those who guess tokens.
///
/// What is refused waits once too much was refused lately; what is good never waits, so that guesses keep nobody out. All
/// callers of a node count together: behind a balancer they have one address, and a guesser has many.
final class GuessBrake: Sendable {
    /// As many refusals within ``window`` are mistakes.
    static let free = 20
    static let window = Duration.seconds(10)
    /// How long each further one waits.
    static let wait = Duration.seconds(1)
    /// More do not wait at once, or they would hold the node's connections.
    static let mostWaiting = 256

    private struct State {
        var times: [Timestamp] = []
        var waiting = 0
    }

    private let state = Mutex(State())

    /// How long a refusal that is told now waits.
    private func begin(_ now: Timestamp) -> Duration? {
        state.withLock { state in
            // A clock that was set back forgets what is to come.
            state.times.removeAll { now - $0 >= Self.window || $0 > now }
            guard state.times.count >= Self.free else {
                state.times.append(now)
                return nil
            }
            state.times.removeFirst()
            state.times.append(now)
            guard state.waiting < Self.mostWaiting else { return nil }
            state.waiting += 1
            return Self.wait
        }
    }

    /// Waits before a caller is told that its credentials are not good.
    func brake(now: Timestamp) async {
        guard let wait = begin(now) else { return }
        // Whoever does not wait for the answer ends the wait too.
        try? await Task.sleep(for: wait)
        state.withLock { $0.waiting -= 1 }
    }
}
