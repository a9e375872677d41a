import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Posts groups of alerts to an alert source of incident.io.
///
/// Sources: <https://help.incident.io/articles/alertmanager>; Alertmanager 0.34, `notify/incidentio/incidentio.go`: the
/// webhook's body with version 1.
struct IncidentIOIntegration: Integration {
    /// The vendor's limit, in bytes.
    private static let sizeLimit = 512 * 1024

    private let address: Secret
    private let token: Secret?
    private let maximumAlerts: Int
    private let http: HTTPSettings

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        maximumAlerts = reader.int("max_alerts", in: 0...1_000_000) ?? 0
        token = reader.secretOrFile("alert_source_token")
        guard let address = context.address("url") else { return nil }
        self.address = address
    }

    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        var body = WebhookV4.encode(notification, maximumAlerts: maximumAlerts, version: "1")
        // One alert says what the group is about; the vendor would take none of the whole.
        if body.count > IncidentIOIntegration.sizeLimit {
            body = WebhookV4.encode(notification, maximumAlerts: 1, version: "1")
        }
        let headers = token.map { [DeliveryRequest.Header.secret("Authorization", "Bearer " + $0.reveal())] } ?? []
        return http.request(to: address, headers: headers, body: body)
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        plain(response, now: now, disabling: [401, 403])
    }
}
