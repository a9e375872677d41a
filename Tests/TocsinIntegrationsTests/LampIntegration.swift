import TocsinAlerts
import TocsinConfiguration
import TocsinCore

@testable import TocsinIntegrations

/// Posts a line to a lamp that flashes.
struct LampIntegration: Integration {
    private let url: Secret
    private let text: MessageTemplate
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        http = HTTPSettings(context.reader)
        zoneFile = context.zoneFile
        text = context.text("message", default: "{{ .CommonLabels.alertname }} is {{ .Status }}")
        guard let url = context.address("url") else { return nil }
        self.url = url
    }

    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        var writer = JSONWriter()
        let line = Truncation.characters(try render(text), limit: 80)
        writer.object { $0.member("line", line) }
        var request = http.request(to: url, body: writer.bytes)
        request.paces = [Pace("lamp/" + url.reveal(), perSecond: 2)]
        return request
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        plain(response, now: now, disabling: [410], authentication: [401, 403])
    }
}
