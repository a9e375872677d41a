import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Sends messages to a queue or topic of Azure Service Bus.
///
/// Settings: `connection_string`, as the portal shows it; or `namespace` (a name or a host) with `policy` and `key`,
/// `entra` or `managed_identity`; `entity`, the queue or topic; `label` (a template), `properties` (templates), `sessions`
/// (a group's messages go in one session), `per_alert`, `payload`. A queue that detects duplicates drops what comes twice:
/// messages have stable names.
///
/// Sources: <https://learn.microsoft.com/en-us/rest/api/servicebus/send-message-to-queue>,
/// <https://learn.microsoft.com/en-us/rest/api/servicebus/send-message-batch>,
/// <https://learn.microsoft.com/en-us/azure/service-bus-messaging/service-bus-quotas>.
struct ServiceBusIntegration: EventSender {
    // A message of the standard tier has 256 KB, its properties counted.
    private static let maximumBytes = 240_000
    private static let overhead = 8 * 1024
    private static let tokenLife = Duration.seconds(3600)

    private let place: ServiceBusPlace
    private let label: MessageTemplate?
    private let properties: [(name: String, text: MessageTemplate)]
    private let usesSessions: Bool
    private let events: AlertEvents
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        events = AlertEvents(context)
        label = reader.has("label") ? context.text("label") : nil
        properties = context.texts("properties")
        usesSessions = reader.bool("sessions") ?? false
        guard let place = ServiceBusPlace(reader) else { return nil }
        self.place = place
    }

    func batches(of notification: TocsinAlerts.Notification, now: Timestamp) throws -> [[AlertEvent]] {
        let limit = ServiceBusIntegration.maximumBytes - ServiceBusIntegration.overhead
        return try events.events(of: notification, now: now, limit: limit).parts(
            count: 100, bytes: ServiceBusIntegration.maximumBytes
        ) {
            ServiceBusIntegration.text(String(decoding: $0.data, as: UTF8.self)).count + ServiceBusIntegration.overhead
        }
    }

    func request(
        with events: [AlertEvent], of notification: TocsinAlerts.Notification, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let label = try label.map { Truncation.bytesWithoutMark(try render($0), limit: 128) }
        let properties = try render(properties).map { ($0.0, Truncation.bytesWithoutMark($0.1, limit: 1024)) }
        var request: DeliveryRequest
        if events.count == 1, let event = events.first {
            var headers = [
                DeliveryRequest.Header(
                    "BrokerProperties", Secret(ASCIIJSON.escape(broker(event, label: label))), isSecret: false)
            ]
            headers += (ServiceBusIntegration.standard(event) + properties).map {
                .init($0.0, Secret(ASCIIJSON.escape(ServiceBusIntegration.text($0.1))), isSecret: false)
            }
            request = http.request(to: place.address, headers: headers, body: event.data)
        } else {
            var writer = JSONWriter()
            writer.array { writer in
                for event in events {
                    writer.object { writer in
                        writer.member("Body", String(decoding: event.data, as: UTF8.self))
                        writer.name("BrokerProperties")
                        writer.value(json: broker(event, label: label))
                        writer.member("UserProperties", ServiceBusIntegration.standard(event) + properties)
                    }
                }
            }
            let type = DeliveryRequest.Header(
                "Content-Type", Secret("application/vnd.microsoft.servicebus.json"), isSecret: false)
            request = http.request(to: place.address, headers: [type], body: writer.bytes)
        }
        place.authorize(&request, until: now + ServiceBusIntegration.tokenLife)
        return request
    }

    /// By which subscriptions of a topic may choose.
    private static func standard(_ event: AlertEvent) -> [(String, String)] {
        [("status", event.status.rawValue), ("group", event.group)]
    }

    private func broker(_ event: AlertEvent, label: String?) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("MessageId", event.id)
            writer.member("Label", label ?? event.type)
            writer.member("CorrelationId", event.group)
            if usesSessions { writer.member("SessionId", event.group) }
            writer.member("ContentType", "application/json")
        }
        return writer.bytes
    }

    private static func text(_ text: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.value(text)
        return writer.bytes
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        switch response.status {
        case 413: return .split(reason: .status(413))
        // The vendor has one status for three things, and tells them apart in prose alone.
        case 403:
            let text = response.text.lowercased()
            if text.contains("quota") { return .retry(after: nil, reason: .status(403, word: "quota")) }
            if text.contains("too large") || text.contains("size") { return .split(reason: .status(403)) }
            return .reauthenticate(reason: .status(403))
        default: return plain(response, now: now, disabling: [404, 410], authentication: [401])
        }
    }
}
