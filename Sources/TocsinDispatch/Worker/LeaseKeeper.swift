import Logging
import Synchronization
import TocsinCore
import TocsinStreams

/// Prolongs the leases of turns that take long, so that a large one is not begun again and again elsewhere.
///
/// One task looks after all turns: most end long before anybody looks, and a timer for each costs more than the turn.
final class LeaseKeeper: Sendable {
    /// A turn and how often its lease was prolonged.
    private struct Kept {
        let turn: Turn
        var renewals = 0
        var isOld = false
    }

    private struct Key: Hashable {
        let tenant: TenantID
        let fence: Int64
    }

    /// After how many renewals a turn counts as stuck and is left to another worker.
    private static let longest = 60

    private let streams: TenantStreams
    private let lease: Duration
    private let clock: any WallClock
    private let turns = Mutex<[Key: Kept]>([:])

    init(streams: TenantStreams, lease: Duration, clock: any WallClock) {
        self.streams = streams
        self.lease = lease
        self.clock = clock
    }

    /// The tenants whose turns are being served.
    var tenants: [TenantID] { turns.withLock { $0.keys.map(\.tenant) } }

    /// Keeps a turn's lease for as long as the body runs.
    func keeping(_ turn: Turn, _ body: () async -> Void) async {
        let key = Key(tenant: turn.tenant, fence: turn.fence)
        turns.withLock { $0[key] = Kept(turn: turn) }
        await body()
        turns.withLock { $0[key] = nil }
    }

    /// Looks several times a lease, until the task is cancelled.
    func run() async {
        while !Task.isCancelled {
            try? await clock.sleep(for: lease / 4)
            for turn in due() {
                // A lease that is not prolonged ends, and the turn's commit will tell.
                _ = try? await streams.renew(turn, lease: lease)
            }
        }
    }

    /// The turns that were here at the last look too.
    private func due() -> [Turn] {
        turns.withLock { turns in
            var due: [Turn] = []
            for (key, kept) in turns {
                if kept.isOld, kept.renewals < LeaseKeeper.longest {
                    due.append(kept.turn)
                    turns[key]?.renewals += 1
                }
                turns[key]?.isOld = true
            }
            return due
        }
    }
}
