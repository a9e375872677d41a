import TocsinCore
import TocsinIngest
import TocsinStreams

/// Tells which nodes there are, as the API shows them.
struct ClusterReader: Sendable {
    /// After how long a node that says nothing counts as gone.
    private static let silence = Duration.seconds(8)
    /// How long the question may take; without an answer this node is the only one that it knows.
    private static let patience = Duration.milliseconds(500)

    let own: ClusterView.Peer
    let isClustered: Bool
    let streams: TenantStreams
    let clock: any WallClock

    func view() async -> ClusterView {
        guard isClustered else { return ClusterView(name: nil, peers: []) }
        let reports = await withTaskGroup(of: [NodeReport]?.self) { group in
            group.addTask { try? await streams.nodes() }
            group.addTask {
                try? await clock.sleep(for: Self.patience)
                return nil
            }
            defer { group.cancelAll() }
            return await group.next() ?? nil
        }
        let others = (reports ?? []).filter { report in
            report.id != own.name && .milliseconds(report.ageMilliseconds) < Self.silence
        }
        let peers = others.map { ClusterView.Peer(name: $0.id, address: $0.address) } + [own]
        return ClusterView(name: own.name, peers: peers.sorted { $0.name < $1.name })
    }
}
