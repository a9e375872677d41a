import ArgumentParser
import TocsinAlerts
import TocsinCore
import TocsinRouting
import TocsinStreams

/// `tocsin explain`.
struct ExplainCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: "Tells what became of an alert, and why.",
        discussion: "Example: tocsin explain alert --tenant acme alertname=DiskFull",
        subcommands: [AlertOf.self])

    /// `tocsin explain alert`.
    struct AlertOf: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "alert",
            abstract:
                "Shows an alert's recorded path: accepted, masked, routed, muted, notified, delivered, or why not.",
            discussion: """
                Nothing is guessed: each line was written down when it happened. A tenant's trail has room for
                limits.trail_bytes, and is kept for a week after the last entry.

                Example: tocsin explain alert --tenant acme 5f2c8a91d0e4b7a6
                         tocsin explain alert --tenant acme alertname=DiskFull instance=db-1
                """)

        @Option(help: "The tenant.") var tenant: TenantID
        @Argument(help: "The fingerprint, or labels as name=value; also name=~regex, name!=value.") var alert: [String]
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        private struct Row: Encodable {
            let fingerprint: String
            let labels: [String: String]?
            let steps: [AlertStory.Step]
        }

        func run() async throws {
            try await Output.run(output) {
                let choice = try AlertChoice(alert)
                let alerts = try await deployment.withStreams { streams, configuration in
                    _ = try configuration.settings(of: tenant)
                    return try await streams.explain(choice, of: tenant)
                }
                guard !alerts.isEmpty else {
                    throw CommandError(
                        code: "alert_unknown",
                        message:
                            "nothing is written down of such an alert of tenant \(tenant): it never came here, or its "
                            + "trail is older than limits.trail_bytes has room for", exitCode: .negative)
                }
                switch output {
                case .json: try Output.json(alerts.map(row))
                case .text: alerts.forEach(show)
                }
            }
        }

        private func row(_ alert: ExplainedAlert) -> Row {
            Row(
                fingerprint: Hexadecimal.encode(alert.story.fingerprint),
                labels: alert.labels.map { labels in
                    Dictionary(labels.labels.map { ($0.name, $0.value) }, uniquingKeysWith: { $1 })
                }, steps: alert.story.steps)
        }

        private func show(_ alert: ExplainedAlert) {
            let labels = alert.labels.map { "  \($0.alertmanagerText)" } ?? ""
            Output.line("alert \(Hexadecimal.encode(alert.story.fingerprint))\(labels)")
            Output.table(
                alert.story.steps.map { ["  " + $0.time.rfc3339Milliseconds, $0.kind.rawValue, $0.text] })
        }
    }
}
