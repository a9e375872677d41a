import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Triggers and resolves incidents over PagerDuty's Events API v2, one incident a group.
///
/// Events have a form of their own, or that of Alertmanager where one of its texts is set.
///
/// Settings: `integration_key` or `routing_key`, `region` (`us`, `eu`), `url`, `event` (`alert`, or `change` for change
/// events), `auto_resolve`, `escalation_policy`, and those of Alertmanager. The annotation `image_url` becomes an image.
///
/// Sources: <https://developer.pagerduty.com/docs/events-api-v2-overview>,
/// <https://developer.pagerduty.com/docs/send-change-event>.
struct PagerDutyIntegration: Integration {
    private enum Region: String, CaseIterable {
        case us
        case eu

        var host: String { self == .us ? "https://events.pagerduty.com" : "https://events.eu.pagerduty.com" }
    }

    private enum Event: String, CaseIterable {
        case alert
        case change

        var path: String { self == .alert ? "/v2/enqueue" : "/v2/change/enqueue" }
    }

    private enum Format: Sendable {
        case alert(PagerDutyAlert)
        case change(PagerDutyChange)
        case templates(PagerDutyEvent)
    }

    private static let memoryName = "dedup_key"

    private let url: Secret
    private let autoResolve: Bool
    private let format: Format
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        let region = reader.oneOf("region", Region.self) ?? .us
        let kind = reader.oneOf("event", Event.self) ?? .alert
        let address = reader.url("url") ?? Secret(region.host + kind.path)
        autoResolve = reader.bool("auto_resolve") ?? true
        if PagerDutyEvent.isWanted(reader) {
            if kind == .change {
                reader.report(
                    "setting_conflict", "'event: change' does not go with Alertmanager's texts: remove those",
                    name: "event")
            }
            guard let event = PagerDutyEvent(context) else { return nil }
            url = event.version == .one ? Secret(PagerDutyEvent.addressOfVersion1) : address
            format = .templates(event)
            return
        }
        url = address
        let policy = reader.string("escalation_policy")
        guard let key = PagerDutyIntegration.key(reader) else { return nil }
        format =
            kind == .change
            ? .change(PagerDutyChange(routingKey: key))
            : .alert(PagerDutyAlert(routingKey: key, escalationPolicy: policy))
    }

    private static func key(_ reader: MappingReader) -> Secret? {
        if reader.has("routing_key_file") { return reader.secretOrFile("routing_key") }
        let name = reader.has("routing_key") ? "routing_key" : "integration_key"
        _ = reader.node("integration_key")
        guard reader.has(name) else {
            reader.report("setting_missing", "'integration_key' is missing")
            return nil
        }
        return reader.requiredString(name).map(Secret.init)
    }

    var sendsResolved: Bool { autoResolve }

    func request(for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        try request(Delivery(notification, attempt: attempt, now: now), hasDetails: true)
    }

    private func request(_ delivery: Delivery, hasDetails: Bool) throws -> DeliveryRequest {
        let notification = delivery.notification
        let (body, key): ([UInt8], Secret)
        switch format {
        case .alert(let alert):
            key = alert.routingKey
            body = alert.encode(
                IncidentAction(notification), notification, dedupKey: dedupKey(delivery), hasDetails: hasDetails)
        case .change(let change):
            key = change.routingKey
            body = change.encode(notification, hasDetails: hasDetails)
        case .templates(let event):
            let render = MessageRenderer(notification, now: delivery.now, zoneFile: zoneFile)
            (body, key) = try event.encode(notification, render, hasDetails: hasDetails)
        }
        var request = http.request(to: url, body: body, secrets: [key])
        // About 120 events in any minute for a key: 30 at once, and 90 in the course of it.
        request.paces = [Pace("pagerduty/" + key.reveal(), perSecond: 1.5, burst: 30)]
        return request
    }

    /// What the incident is known by: what the vendor called it when it was opened, if it is.
    private func dedupKey(_ delivery: Delivery) -> String {
        switch format {
        case .alert: delivery.memory[PagerDutyIntegration.memoryName] ?? PagerDutyAlert.dedupKey(delivery.notification)
        case .change, .templates: delivery.notification.groupKeyHash
        }
    }

    /// An event that is too large for the vendor is sent again without details.
    func next(_ delivery: Delivery) throws -> DeliveryStep {
        guard let last = delivery.exchanges.last else {
            return .send(try request(delivery, hasDetails: true), step: "send")
        }
        if last.response.status == 413, last.step == "send" {
            return .send(try request(delivery, hasDetails: false), step: "send without details")
        }
        let outcome = outcome(of: last.response, now: delivery.now)
        guard case .delivered(let answered) = outcome else { return .end(outcome, keep: nil) }
        if case .change = format { return .end(outcome, keep: nil) }
        let key = answered ?? dedupKey(delivery)
        var memory = VendorMemory()
        // A resolved incident is never opened again: the next one is another.
        if delivery.notification.status == .firing { memory[PagerDutyIntegration.memoryName] = key }
        return .end(.delivered(vendorID: key), keep: memory)
    }

    /// What version 2 and version 1 call the incident.
    private struct Answer: Decodable {
        let dedup_key: String?
        let incident_key: String?
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        // Version 1 says with 403 that there are too many requests.
        if case .templates(let event) = format, event.version == .one, response.status == 403 {
            return .retry(after: RetryAfter.read(response, now: now), reason: .rateLimited)
        }
        let outcome = plain(response, now: now)
        guard case .delivered = outcome else { return outcome }
        let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body))
        return .delivered(vendorID: answer?.dedup_key ?? answer?.incident_key)
    }
}
