import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Sends events, or logs in the form of OpenTelemetry, to New Relic: one for each alert of a notification.
///
/// Nothing is looked up or changed there: an alert that ended is one more event, with the same `fingerprint`.
///
/// Settings: `license_key`, `account_id` (events only), `region` (`us`, `eu`), `api` (`events`, `otlp`), `api_url`,
/// `event_type`.
///
/// Sources: <https://docs.newrelic.com/docs/data-apis/ingest-apis/event-api/introduction-event-api/>,
/// <https://docs.newrelic.com/docs/opentelemetry/best-practices/opentelemetry-otlp/>.
struct NewRelicIntegration: Integration {
    private enum Region: String, CaseIterable {
        case us
        case eu
    }

    private enum Interface: String, CaseIterable {
        case events
        case otlp
    }

    /// A million bytes, in either interface.
    private static let sizeLimit = 1_000_000

    private let url: Secret
    private let key: Secret
    private let interface: Interface
    private let events: NewRelicEvents
    private let http: HTTPSettings

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        interface = reader.oneOf("api", Interface.self) ?? .events
        events = NewRelicEvents(reader)
        let region = reader.oneOf("region", Region.self) ?? .us
        let account = NewRelicIntegration.account(reader, isNeeded: interface == .events)
        let standard =
            switch (interface, region) {
            case (.events, .us): "https://insights-collector.newrelic.com/v1/accounts/\(account)/events"
            case (.events, .eu): "https://insights-collector.eu01.nr-data.net/v1/accounts/\(account)/events"
            case (.otlp, .us): "https://otlp.nr-data.net/v1/logs"
            case (.otlp, .eu): "https://otlp.eu01.nr-data.net/v1/logs"
            }
        let address = context.address("api_url", default: standard)
        guard let key = context.secret("license_key"), let address else { return nil }
        self.key = key
        url = address
    }

    private static func account(_ reader: MappingReader, isNeeded: Bool) -> String {
        guard isNeeded, reader.has("account_id") || !reader.has("api_url") else {
            _ = reader.node("account_id")
            return ""
        }
        let account = reader.requiredString("account_id") ?? ""
        if !account.isEmpty, account.wholeMatch(of: #/[0-9]{1,19}/#) == nil {
            reader.report("value_invalid", "expected the number of an account", name: "account_id")
        }
        return account
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        let body =
            switch interface {
            case .events: events.encode(notification, now: now)
            case .otlp: OTLPLogs.encode(notification, now: now)
            }
        let header = interface == .events ? "Api-Key" : "api-key"
        return http.request(
            to: url, headers: [.init(header, key, isSecret: true)], body: body, secrets: [key])
    }

    func next(_ delivery: Delivery) throws -> DeliveryStep {
        if let response = delivery.exchanges.last?.response {
            return .end(outcome(of: response, now: delivery.now), keep: nil)
        }
        let request = try request(for: delivery.notification, attempt: delivery.attempt, now: delivery.now)
        guard request.body.count <= NewRelicIntegration.sizeLimit || delivery.notification.alerts.count < 2 else {
            return .end(.split(reason: FailureReason("too_large")), keep: nil)
        }
        return .send(request, step: "send")
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        switch response.status {
        case 200..<300: return interface == .events ? NewRelicEvents.outcome(response) : OTLPLogs.outcome(response)
        case 413: return .split(reason: .status(413))
        default: return plain(response, now: now, authentication: [401, 403])
        }
    }
}
