import ArgumentParser
import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinDispatch
import TocsinIntegrations
import TocsinRouting

/// `tocsin render`.
struct RenderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render", abstract: "Prints the request that a receiver would be sent. Sends nothing.",
        discussion: """
            Takes alerts as a JSON array, as they are posted to /api/v2/alerts, from a file or standard input. Secrets \
            are masked.

            What comes second often depends on what the vendor answers to the first request, as where a ticket is \
            searched for before it is made: --answer gives its answers, one after another.

            Example: tocsin render acme-premium slack-oncall --alerts alerts.json
            Example: tocsin render acme-premium jira --alerts alerts.json --answer '{"issues": []}'
            """)

    @Argument(help: "The tenant.") var tenant: TenantID
    @Argument(help: "The receiver.") var receiver: String
    @Option(help: "A file with alerts; - for standard input.") var alerts = "-"
    @Option(
        help: ArgumentHelp(
            "What the vendor answers, with status 200; prints the request that follows as well.", valueName: "body"))
    var answer: [String] = []
    @Option(help: "The configuration file.") var config = "tocsin.yaml"
    @Option(help: "text or json.") var output: OutputFormat = .text

    func run() async throws {
        try await Output.run(output) {
            for request in try render() {
                Output.line(output == .json ? request.maskedJSON() : request.masked())
            }
        }
    }

    private func render() throws -> [DeliveryRequest] {
        let configuration = try TocsinConfiguration.load(printing: config)
        let settings = try configuration.settings(of: tenant)
        let collector = IssueCollector()
        let plan = TenantPlan(
            settings, externalURL: configuration.server.externalURL, issues: collector,
            secrets: .process(baseDirectory: URL(fileURLWithPath: config).deletingLastPathComponent().path))
        for issue in collector.issues { Output.note("\(issue)") }
        guard let chosen = plan.receivers[receiver] else {
            throw CommandError(
                code: "receiver_unknown",
                message: "tenant \(tenant) has no receiver '\(receiver)' that is enabled and valid; it has "
                    + plan.receivers.keys.sorted().joined(separator: ", "), exitCode: .negative)
        }
        let now = SystemClock().now()
        let decoded = try AlertDecoder.decode(try readAlerts(), receivedAt: now, resolveTimeout: plan.resolveTimeout)
        guard let first = decoded.first else {
            throw CommandError(code: "no_alerts", message: "the input holds no alert", exitCode: .badData)
        }
        let route = plan.tree.match(first.labels).first { $0.receivers.contains(receiver) } ?? plan.tree.routes[0]
        let labels = route.groupBy.groupLabels(of: first.labels)
        let notification = Notification(
            id: NotificationID("00000000-0000-0000-0000-000000000000"), tenant: tenant, receiver: receiver,
            groupKey: route.groupKey(labels), groupLabels: labels,
            alerts: decoded.map { NotifiedAlert(alert: $0, status: $0.isResolved(at: now) ? .resolved : .firing) },
            truncatedAlerts: 0, reason: .firstNotification, externalURL: plan.externalURL, createdAt: now, sequence: 1)
        return try requests(of: chosen.integration, Delivery(notification, now: now))
    }

    private func requests(of integration: any Integration, _ delivery: Delivery) throws -> [DeliveryRequest] {
        var delivery = delivery
        var requests: [DeliveryRequest] = []
        for answer in answer.map(Optional.some) + [nil] {
            guard case .send(let request, let step) = try integration.next(delivery) else { break }
            requests.append(request)
            guard let answer else { break }
            delivery = delivery.answered(
                DeliveryResponse(
                    status: 200, headers: [(name: "content-type", value: "application/json")], body: Array(answer.utf8)),
                to: step)
        }
        guard requests.isEmpty else { return requests }
        throw CommandError(
            code: "nothing_to_send", message: "receiver '\(receiver)' would not be sent anything for these alerts",
            exitCode: .negative)
    }

    private func readAlerts() throws -> [UInt8] {
        let data =
            alerts == "-"
            ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: alerts)
        guard let data else {
            throw CommandError(
                code: "file_unreadable", message: "the file \(alerts) cannot be read", exitCode: .badData)
        }
        return try AlertScanner.scan(Array(data), limits: AlertLimits()).payload
    }
}
