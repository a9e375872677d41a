import TocsinStreams

/// Prints the nodes, one a line.
enum NodeTable {
    static func show(_ nodes: [NodeReport]) {
        Output.table(
            [["NODE", "ROLE", "VERSION", "STATE", "SEEN", "CPU", "MEMORY", "LAG", "TURNS", "IN FLIGHT", "TENANTS"]]
                + nodes.map(row))
    }

    private static func row(_ node: NodeReport) -> [String] {
        [
            node.id, node.role, node.version, node.isDraining ? "draining" : "up",
            "\(node.ageMilliseconds / 1000)s ago", "\(Int((node.cpu * 100).rounded()))%",
            "\(node.memoryBytes >> 20) MiB", "\(node.loopLagMilliseconds) ms", "\(node.turns)", "\(node.inFlight)",
            node.tenants.isEmpty ? "-" : node.tenants.joined(separator: ","),
        ]
    }
}
