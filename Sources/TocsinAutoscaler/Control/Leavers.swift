import TocsinStreams

/// Which workers go first when a pool is to be smaller.
enum Leavers {
    /// The nodes' ids: first those that drain already, then those with the least in hand.
    static func order(_ nodes: [NodeReport]) -> [String] {
        nodes.sorted {
            ($0.isDraining ? 0 : 1, $0.inFlight + $0.turns, $0.cpu, $0.id)
                < ($1.isDraining ? 0 : 1, $1.inFlight + $1.turns, $1.cpu, $1.id)
        }.map(\.id)
    }
}
