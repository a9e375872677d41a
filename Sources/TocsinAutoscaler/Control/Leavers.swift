import TocsinCore
import TocsinStreams

/// The workers that are on their way out because the pool is to be smaller.
///
/// The platform is told of the smaller size only when they have nothing in hand any more, so that it ends nobody who is
/// delivering.
struct Leavers: Sendable {
    /// How large the pool is to be when they have gone; `nil` if it stays as it is.
    private(set) var target: Int?
    /// Who goes.
    private(set) var ids: [String] = []
    private var deadline = Timestamp.epoch

    /// Chooses who goes, those with the least in hand first.
    ///
    /// - Parameters:
    ///   - nodes: The workers that live.
    ///   - target: How large the pool is to be.
    ///   - platform: How large the platform was told that it is to be.
    ///   - deadline: Until when they may take to finish.
    /// - Returns: Those who have not been told yet.
    mutating func choose(from nodes: [NodeReport], target: Int, platform: Int, deadline: Timestamp) -> [String] {
        self.target = target
        self.deadline = deadline
        let missing = platform - target - ids.count
        let staying = nodes.filter { !$0.isDraining && !ids.contains($0.id) }
        // Of workers that never came, and of those that do not answer, none need be told.
        let silent = max(0, platform - nodes.count)
        guard missing - silent > 0 else { return [] }
        let chosen = staying.sorted {
            ($0.inFlight + $0.turns, $0.cpu, $0.id) < ($1.inFlight + $1.turns, $1.cpu, $1.id)
        }.prefix(missing - silent).map(\.id)
        ids += chosen
        return chosen
    }

    /// Whether all of them have gone or have nothing in hand, or have had their time.
    func areDone(_ nodes: [NodeReport], now: Timestamp) -> Bool {
        now >= deadline
            || nodes.allSatisfy { !ids.contains($0.id) || ($0.isDraining && $0.inFlight == 0 && $0.turns == 0) }
    }
}
