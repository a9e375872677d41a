import ArgumentParser
import TocsinConfiguration
import TocsinCore
import TocsinStreams

/// `tocsin status`.
struct StatusCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: "Shows the nodes, and what waits where for every tenant.",
        discussion: """
            Example: tocsin status --config tocsin.yaml --redis redis://10.0.0.5:6379 --output json

            --audit counts every pending obligation in the queues and compares the sum with the ledger. The two agree \
            when nothing moves meanwhile; exit code 1 if they do not.
            """)

    @Option(help: "Only this tenant.") var tenant: TenantID?
    @Flag(help: "Count everything that is pending and check the ledger against it.") var audit = false
    @Option(help: "text or json.") var output: OutputFormat = .text
    @OptionGroup var deployment: DeploymentOptions

    private struct TenantRow: Encodable, Sendable {
        let tenant: String
        let ledger: Ledger
        let depths: QueueDepths
        let deadLetters: Int
        let expectedPending: Int
        let isBalanced: Bool?
    }

    private struct Report: Encodable, Sendable {
        let nodes: [NodeReport]
        let tenants: [TenantRow]
    }

    func run() async throws {
        try await Output.run(output) {
            let report = try await deployment.withStreams { streams, configuration in
                try await read(streams, configuration)
            }
            switch output {
            case .json: try Output.json(report)
            case .text: show(report)
            }
            if report.tenants.contains(where: { $0.isBalanced == false }) {
                // The report itself says it to scripts.
                Output.note(
                    "tocsin: the ledger and the queues disagree; if alerts were moving, ask again when they are not")
                throw ExitCode(CommandError.Exit.negative.rawValue)
            }
        }
    }

    private func read(_ streams: TenantStreams, _ configuration: TocsinConfiguration) async throws -> Report {
        var rows: [TenantRow] = []
        for settings in configuration.tenants.values.sorted(by: { $0.id < $1.id })
        where tenant == nil || settings.id == tenant {
            let receivers = settings.receivers.map(\.id)
            let ledger = try await streams.ledger(of: settings.id)
            let depths =
                audit
                ? try await streams.audit(settings.id)
                : try await streams.depths(of: settings.id, receivers: receivers)
            rows.append(
                TenantRow(
                    tenant: settings.id.name, ledger: ledger, depths: depths,
                    deadLetters: try await streams.deadLetterCount(of: settings.id),
                    expectedPending: ledger.expectedPending,
                    isBalanced: audit ? ledger.expectedPending == depths.pending : nil))
        }
        return Report(nodes: try await streams.nodes(), tenants: rows)
    }

    private func show(_ report: Report) {
        NodeTable.show(report.nodes)
        Output.line("")
        Output.table(
            [
                [
                    "TENANT", "ACCEPTED", "QUEUED", "PENDING", "UNDELIVERED", "IN FLIGHT", "RETRYING", "DELIVERED",
                    "SUPPRESSED", "SUPERSEDED", "DEAD",
                ]
            ]
                + report.tenants.map {
                    [
                        $0.tenant, "\($0.ledger.accepted)", "\($0.depths.alerts)", "\($0.expectedPending)",
                        "\($0.depths.undelivered)", "\($0.depths.inFlight)", "\($0.depths.retrying)",
                        "\($0.ledger.delivered)", "\($0.ledger.suppressed)", "\($0.ledger.superseded)",
                        "\($0.ledger.dead)",
                    ]
                })
    }
}
