import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Opens and closes incidents over the REST endpoint of Splunk On-Call, which was VictorOps, one incident a group.
///
/// Sources: <https://help.victorops.com/knowledge-base/rest-endpoint-integration-guide/>; Alertmanager 0.25,
/// `notify/victorops/victorops.go`.
struct VictorOpsIntegration: Integration {
    private static let standardAddress = "https://alert.victorops.com/integrations/generic/20131114/alert/"
    /// The vendor's limit, in characters.
    private static let messageLimit = 20_480

    private let address: Secret
    private let key: MessageTemplate
    private let routingKey: MessageTemplate
    private let messageType: MessageTemplate
    private let stateMessage: MessageTemplate
    private let texts: [(name: String, text: MessageTemplate)]
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        http = HTTPSettings(context.reader)
        zoneFile = context.zoneFile
        if !context.reader.has("routing_key") { context.reader.report("setting_missing", "'routing_key' is missing") }
        routingKey = context.text("routing_key")
        messageType = context.text("message_type", default: "CRITICAL")
        stateMessage = context.text("state_message", template: "victorops.default.state_message")
        let fixed = [
            ("entity_display_name", "victorops.default.entity_display_name"),
            ("monitoring_tool", "victorops.default.monitoring_tool"),
        ]
        texts =
            fixed.map { ($0.0, context.text($0.0, template: $0.1)) } + context.texts("custom_fields")
        let address = context.address("api_url", default: VictorOpsIntegration.standardAddress)
        guard let key = context.secretTemplate("api_key"), let address else { return nil }
        self.address = address
        self.key = key
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let key = try render(key)
        let isFiring = notification.status == .firing
        let wanted = try render(messageType)
        let type = isFiring ? (["INFO", "WARNING", "CRITICAL"].contains(wanted) ? wanted : "CRITICAL") : "RECOVERY"
        var writer = JSONWriter()
        try writer.object { writer in
            writer.member("message_type", type)
            writer.member("entity_id", notification.groupKeyHash)
            let message = try render(stateMessage)
            writer.member("state_message", Truncation.scalars(message, limit: VictorOpsIntegration.messageLimit))
            for (name, text) in try render(texts) { writer.member(name, text) }
        }
        return http.request(
            to: URLEscaping.append("\(key)/\(try render(routingKey))", to: address), body: writer.bytes,
            secrets: [Secret(key)])
    }

    private struct Answer: Decodable {
        let result: String
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        // The vendor tells of broken requests with 200.
        let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body))
        if (200..<300).contains(response.status), answer?.result == "failure" { return .reject(reason: .vendorRefused) }
        return plain(response, now: now, disabling: [401, 403, 404])
    }
}
