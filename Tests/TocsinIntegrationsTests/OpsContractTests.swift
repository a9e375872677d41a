import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations
import TocsinTesting

/// Whatever is told, what calls people and stores events gets what its vendors' contracts allow.
@Suite("Contracts of pagers and stores of events")
struct OpsContractTests {
    /// A receiver, the schema of its requests, and what its vendor answers.
    struct Row: Sendable, CustomTestStringConvertible {
        let kind: String
        let schema: String
        let settings: String
        var answer = "{}"

        var testDescription: String { kind + " " + settings }
    }

    private static let key = "e93facc04764012d7bfb002500d5d1a6"
    private static let everything = "'{{ .CommonLabels }}{{ (index .Alerts 0).Annotations }}'"

    private static let rows = [
        Row(
            kind: "pagerduty", schema: "pagerduty", settings: "{routing_key: \(key)}",
            answer: #"{"status": "success", "dedup_key": "k"}"#),
        Row(kind: "pagerduty", schema: "pagerduty", settings: "{routing_key: \(key), description: \(everything)}"),
        Row(kind: "pagerduty", schema: "pagerduty-change", settings: "{routing_key: \(key), event: change}"),
        Row(
            kind: "opsgenie", schema: "opsgenie",
            settings: "{api_key: k, tags: \(everything), note: \(everything), details: {all: \(everything)}}"),
        Row(
            kind: "jsm", schema: "opsgenie",
            settings: "{api_key: k, entity: \(everything), actions: \(everything), priority: x}"),
        Row(
            kind: "victorops", schema: "victorops",
            settings: "{api_key: k, routing_key: r, custom_fields: {all: \(everything)}}"),
        Row(
            kind: "victorops", schema: "victorops",
            settings:
                "{api_key: k, routing_key: r, state_message: \(everything), entity_display_name: x, monitoring_tool: t}"
        ),
        Row(
            kind: "xmatters", schema: "xmatters",
            settings: "{url: 'https://x.example', recipients: [\(everything)], properties: {all: \(everything)}}"),
        Row(kind: "datadog", schema: "datadog-v1", settings: "{api_key: k}"),
        Row(
            kind: "datadog", schema: "datadog-v2",
            settings: "{api_key: k, api: v2, title: \(everything), message: \(everything), host: \(everything)}"),
        Row(kind: "datadog", schema: "datadog-v2", settings: "{api_key: k, api: v2}"),
        Row(kind: "newrelic", schema: "newrelic", settings: "{license_key: k, account_id: 1}"),
        Row(kind: "newrelic", schema: "otlp-logs", settings: "{license_key: k, api: otlp}"),
        Row(
            kind: "splunk_hec", schema: "splunk-hec", settings: "{url: 'https://s.example', token: t, index: main}",
            answer: #"{"text": "Success", "code": 0}"#),
        Row(kind: "grafana_oncall", schema: "grafana-oncall", settings: "{url: 'https://g.example/t/'}", answer: "Ok."),
        Row(
            kind: "grafana_oncall", schema: "grafana-oncall",
            settings: "{url: 'https://g.example/t/', title: \(everything), message: \(everything)}"),
    ]

    @Test("Every request is one that the vendor takes", arguments: rows)
    func contract(row: Row) throws {
        let integration = try MadeIntegration.make(row.kind, row.settings)
        for seed in UInt64(0)..<8 {
            var random = SeededGenerator(seed: seed)
            var memory = VendorMemory()
            for _ in 0..<2 {
                let notification = try GeneratedNotification.make(&random)
                memory = try tell(notification, to: integration, row, memory: memory, seed: seed) ?? memory
            }
        }
    }

    /// Tells of it as a worker does: in halves where it is too large.
    private func tell(
        _ notification: TocsinAlerts.Notification, to integration: any Integration, _ row: Row, memory: VendorMemory,
        seed: UInt64
    ) throws -> VendorMemory? {
        let walk = try Walk(
            integration, Delivery(notification, memory: memory, now: TestReceiver.now),
            answers: Array(repeating: .answer(row.kind == "splunk_hec" ? 200 : 202, row.answer), count: 4))
        if case .split = walk.outcome {
            let middle = notification.alerts.count / 2
            #expect(notification.alerts.count > 1, "seed \(seed)")
            for half in [notification.alerts[..<middle], notification.alerts[middle...]] {
                _ = try tell(notification.telling(Array(half)), to: integration, row, memory: memory, seed: seed)
            }
            return nil
        }
        guard case .delivered = walk.outcome else {
            Issue.record("seed \(seed): \(String(describing: walk.outcome))")
            return nil
        }
        for request in walk.requests { #expect(try violations(request, row).isEmpty, "seed \(seed)") }
        return walk.keep
    }

    private func violations(_ request: DeliveryRequest, _ row: Row) throws -> [String] {
        let path = request.url.reveal()
        if path.contains("/close?") { return try Contract.violations("opsgenie-close", request.body) }
        // Changes have one member, of the same limits.
        if request.method == "PUT" {
            var body = try request.members
            if body["message"] == nil { body["message"] = "x" }
            return try Contract.violations(row.schema, Array(JSONSerialization.data(withJSONObject: body)))
        }
        guard row.schema == "splunk-hec" else {
            let limit = ["newrelic", "otlp-logs"].contains(row.schema) ? 1_000_000 : 512_000
            guard request.body.count <= limit else { return ["\(request.body.count) bytes"] }
            return try Contract.violations(row.schema, request.body)
        }
        let objects = SplunkHECTests.objects(request.body)
        guard !objects.isEmpty, request.body.count <= 1_000_000 else { return ["\(request.body.count) bytes"] }
        return try objects.flatMap { try Contract.violations(row.schema, $0) }
    }

    @Test("All alerts are told, however many halves it takes", arguments: ["splunk_hec", "newrelic"])
    func complete(kind: String) throws {
        var random = SeededGenerator(seed: 7)
        let notification = try GeneratedNotification.make(&random, count: 150)
        let integration = try MadeIntegration.make(
            kind, kind == "newrelic" ? "{license_key: k, account_id: 1}" : "{url: 'https://s.example', token: t}")
        func told(_ notification: TocsinAlerts.Notification) throws -> [String] {
            let delivery = Delivery(notification, now: TestReceiver.now)
            let walk = try Walk(integration, delivery, answers: [])
            if case .split = walk.outcome {
                let middle = notification.alerts.count / 2
                return try told(notification.telling(Array(notification.alerts[..<middle])))
                    + told(notification.telling(Array(notification.alerts[middle...])))
            }
            let text = String(decoding: walk.requests.first?.body ?? [], as: UTF8.self)
            return text.matches(of: #/"fingerprint":"([0-9a-f]{16})","group":"[0-9a-f]*","tenant":"acme","receiver"/#)
                .map { String($0.1) }
        }
        let expected = notification.alerts.map { Hexadecimal.encode($0.alert.fingerprint) }
        #expect(try told(notification) == expected, "seed 7")
    }
}
