import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Opens and closes incidents over the REST endpoint of Splunk On-Call, which was VictorOps, one incident a group.
///
/// Settings: `api_key`, `routing_key`, `api_url`, `custom_fields`, and Alertmanager's texts.
///
/// Sources: <https://help.victorops.com/knowledge-base/rest-endpoint-integration-guide/>; Alertmanager 0.25,
/// `notify/victorops/victorops.go`.
struct VictorOpsIntegration: Integration {
    private static let standardAddress = "https://alert.victorops.com/integrations/generic/20131114/alert/"

    private let address: Secret
    private let key: MessageTemplate
    private let routingKey: MessageTemplate
    let alert: VictorOpsAlert
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        http = HTTPSettings(context.reader)
        zoneFile = context.zoneFile
        if !context.reader.has("routing_key") { context.reader.report("setting_missing", "'routing_key' is missing") }
        routingKey = context.text("routing_key")
        alert = VictorOpsAlert(context)
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
        return http.request(
            to: URLEscaping.append("\(key)/\(try render(routingKey))", to: address),
            body: try alert.encode(IncidentAction(notification), notification, render), secrets: [Secret(key)])
    }

    private struct Answer: Decodable {
        let result: String?
        let entity_id: String?
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body))
        guard (200..<300).contains(response.status) else {
            return plain(response, now: now, disabling: [401, 403, 404])
        }
        // The vendor tells of broken requests with 200.
        return answer?.result == "failure"
            ? .reject(reason: .vendorRefused) : .delivered(vendorID: answer?.entity_id)
    }
}
