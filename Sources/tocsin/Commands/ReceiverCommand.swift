import ArgumentParser
import AsyncHTTPClient
import Foundation
import NIOPosix
import NIOSSL
import TocsinAudit
import TocsinConfiguration
import TocsinCore
import TocsinDispatch
import TocsinIntegrations
import TocsinStreams

/// `tocsin receiver`.
struct ReceiverCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "receiver", abstract: "Shows how receivers are doing, tests one, and lets one be used again.",
        discussion: """
            Example: tocsin receiver list acme-premium
                     tocsin receiver test acme-premium slack-oncall
                     tocsin receiver resume acme-premium slack-oncall
            """,
        subcommands: [List.self, Test.self, Resume.self])

    /// `tocsin receiver list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "list", abstract: "Lists a tenant's receivers with their health and what waits for them.",
            discussion: "Example: tocsin receiver list acme-premium --output json")

        private struct Row: Encodable, Sendable {
            let receiver: String
            let integration: String
            let enabled: Bool
            let health: String
            let reason: String?
            let until: String?
            let failures: Int
            let waiting: Int
            let inFlight: Int
            let retrying: Int
        }

        @Argument(help: "The tenant.") var tenant: TenantID
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        func run() async throws {
            try await Output.run(output) {
                let rows = try await deployment.withStreams { streams, configuration in
                    let receivers = try configuration.settings(of: tenant).receivers
                    let health = try await streams.health(
                        of: receivers.map(\.id), tenant: tenant, now: SystemClock().now())
                    return zip(receivers, health).map { receiver, health in
                        Row(
                            receiver: receiver.id, integration: receiver.channelType, enabled: receiver.enabled,
                            health: health.state.rawValue, reason: health.reason, until: health.until?.rfc3339,
                            failures: health.failures, waiting: health.waiting, inFlight: health.inFlight,
                            retrying: health.retrying)
                    }
                }
                switch output {
                case .json: try Output.json(rows)
                case .text:
                    Output.table(
                        [["RECEIVER", "INTEGRATION", "HEALTH", "WHY", "WAITING", "IN FLIGHT", "RETRYING"]]
                            + rows.map {
                                [
                                    $0.receiver, $0.integration, $0.enabled ? $0.health : "disabled", $0.reason ?? "",
                                    "\($0.waiting)", "\($0.inFlight)", "\($0.retrying)",
                                ]
                            })
                }
            }
        }
    }

    /// `tocsin receiver test`.
    struct Test: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "test", abstract: "Sends a marked test notification and shows request, answer and verdict.",
            discussion: """
                The notification goes straight to the receiver, past all queues. Secrets are masked. Exit code 1 if it \
                was not delivered.

                Example: tocsin receiver test acme-premium pagerduty --resolve
                """)

        @Argument(help: "The tenant.") var tenant: TenantID
        @Argument(help: "The receiver.") var receiver: String
        @Flag(help: "Then tell that the test has ended, so that nobody has to close what it opened.")
        var resolve = false
        @Option(help: "The configuration file.") var config = "tocsin.yaml"
        @Option(help: "text or json.") var output: OutputFormat = .text

        func run() async throws {
            try await Output.run(output) {
                let configuration = try TocsinConfiguration.load(printing: config)
                let report = try await test(configuration)
                switch output {
                case .json: try Output.json(report)
                case .text: show(report)
                }
                if !report.isDelivered { throw ExitCode(CommandError.Exit.negative.rawValue) }
            }
        }

        private func test(_ configuration: TocsinConfiguration) async throws -> ReceiverTest.Report {
            let collector = IssueCollector()
            let plan = TenantPlan(
                try configuration.settings(of: tenant), externalURL: configuration.server.externalURL,
                issues: collector,
                secrets: .process(baseDirectory: URL(fileURLWithPath: config).deletingLastPathComponent().path))
            for issue in collector.issues { Output.note("\(issue)") }
            guard let chosen = plan.receivers[receiver] else {
                throw ReceiverCommand.unknown(receiver, of: tenant, among: plan.receivers.keys.sorted())
            }
            let trustRoots =
                try configuration.server.delivery.caFile.map { try NIOSSLCertificate.fromPEMFile($0) } ?? []
            let client = GuardedClient(
                trustRoots: trustRoots,
                rule: try AddressGuard(
                    configuration.server.delivery, environment: ProcessInfo.processInfo.environment),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton)
            let report = await ReceiverTest(
                client: client,
                proxies: EnvironmentProxies(ProcessInfo.processInfo.environment), clock: SystemClock(),
                console: { Output.bytes($0) }
            ).run(chosen, of: plan, resolving: resolve)
            try? await client.client.shutdown()
            return report
        }

        private func show(_ report: ReceiverTest.Report) {
            for exchange in report.exchanges {
                Output.line(exchange.request)
                Output.line("")
                Output.line(exchange.status.map { "HTTP \($0)" } ?? "no answer")
                Output.line(exchange.response)
                Output.line("")
            }
            let id = report.vendorID.map { " as \($0)" } ?? ""
            Output.line("verdict: \(report.verdict)\(id)" + (report.reason.map { " (\($0))" } ?? ""))
        }
    }

    /// `tocsin receiver resume`.
    struct Resume: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "resume", abstract: "Lets notifications go to a receiver again that is parked or rests.",
            discussion: """
                A receiver is parked when its vendor has refused it for good: its notifications become dead letters at \
                once. Mend it, and replay them with tocsin dead-letters replay, which resumes it as well.

                Example: tocsin receiver resume acme-premium slack-oncall
                """)

        @Argument(help: "The tenant.") var tenant: TenantID
        @Argument(help: "The receiver.") var receiver: String
        @OptionGroup var deployment: DeploymentOptions

        func run() async throws {
            try await Output.run {
                let wasResting = try await deployment.withStreams { streams, configuration in
                    let known = try configuration.settings(of: tenant).receivers.map(\.id)
                    guard known.contains(receiver) else {
                        throw ReceiverCommand.unknown(receiver, of: tenant, among: known.sorted())
                    }
                    let event = AuditEvent(.receiverResume, on: "receiver/\(receiver)", by: .command)
                    return try await streams.recorder.around(event, in: tenant) {
                        (try await streams.resume(receiver, of: tenant), AuditChange())
                    }
                }
                Output.line(wasResting ? "\(receiver) is used again" : "\(receiver) was in use")
            }
        }
    }

    static func unknown(_ receiver: String, of tenant: TenantID, among known: [String]) -> CommandError {
        CommandError(
            code: "receiver_unknown",
            message: "tenant \(tenant) has no receiver '\(receiver)' that is enabled and valid; it has "
                + known.joined(separator: ", "), exitCode: .negative)
    }
}
