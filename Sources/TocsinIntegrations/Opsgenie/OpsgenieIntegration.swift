import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Creates and closes alerts over Opsgenie's Alert API, one alert a group.
///
/// Sources: <https://docs.opsgenie.com/docs/alert-api>; Alertmanager 0.25, `notify/opsgenie/opsgenie.go`. Jira Service
/// Management takes the same requests under another `api_url`.
struct OpsgenieIntegration: Integration {
    private static let standardAddress = "https://api.opsgenie.com/"

    private let address: Secret
    private let key: MessageTemplate
    private let alert: OpsgenieAlert
    private let updatesAlerts: Bool
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        http = HTTPSettings(context.reader)
        zoneFile = context.zoneFile
        alert = OpsgenieAlert(context)
        updatesAlerts = context.reader.bool("update_alerts") ?? false
        let address = context.address("api_url", default: OpsgenieIntegration.standardAddress)
        guard let key = context.secretTemplate("api_key"), let address else { return nil }
        self.address = address
        self.key = key
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let alias = notification.groupKeyHash
        guard notification.status == .firing else {
            let body = try alert.encodeClosing(render)
            return try request(of: "v2/alerts/\(alias)/close", query: "identifierType=alias", body: body, render)
        }
        let body = try alert.encode(notification, render)
        return try request(of: "v2/alerts", body: body, render)
    }

    /// An alert that is open already keeps its first texts unless they are set one by one.
    func next(_ delivery: Delivery) throws -> DeliveryStep {
        let done = delivery.exchanges.count
        if let response = delivery.exchanges.last?.response {
            let outcome = outcome(of: response, now: delivery.now)
            guard case .delivered = outcome else { return .end(outcome, keep: nil) }
        }
        var requests = [
            try request(for: delivery.notification, attempt: delivery.attempt, now: delivery.now)
        ]
        if updatesAlerts, delivery.notification.status == .firing {
            let render = MessageRenderer(delivery.notification, now: delivery.now, zoneFile: zoneFile)
            requests += try alert.updates(render).map { name, body in
                try request(
                    "PUT", of: "v2/alerts/\(delivery.notification.groupKeyHash)/\(name)", query: "identifierType=alias",
                    body: body, render)
            }
        }
        guard done < requests.count else { return .end(.delivered(vendorID: nil), keep: nil) }
        return .send(requests[done], step: "request \(done + 1)")
    }

    private func request(
        _ method: String = "POST", of path: String, query: String? = nil, body: [UInt8], _ render: MessageRenderer
    ) throws -> DeliveryRequest {
        // Files with a key often end with a line feed.
        let key = try render(key).trimmingCharacters(in: .whitespacesAndNewlines)
        return http.request(
            method: method, to: URLEscaping.append(path, to: address, query: query),
            headers: [.secret("Authorization", "GenieKey " + key)], body: body, secrets: [Secret(key)])
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        plain(response, now: now, disabling: [401, 403])
    }
}
