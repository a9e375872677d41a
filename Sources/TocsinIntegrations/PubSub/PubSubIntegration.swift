import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Publishes messages to a topic of Google Cloud Pub/Sub.
///
/// Settings: `project` and `topic` (or `topic: projects/p/topics/t`), `service_account` or `service_account_file` (the JSON
/// that Google hands out for a key; without it the machine's or pod's own account), `region` (for the order of messages
/// over regions), `ordering` (a group's messages keep their order; `true` unless said otherwise), `attributes`
/// (templates), `per_alert`, `payload`, `api_url`.
///
/// Sources: <https://cloud.google.com/pubsub/docs/reference/rest/v1/projects.topics/publish>,
/// <https://cloud.google.com/pubsub/quotas>.
struct PubSubIntegration: EventSender {
    // The vendor's limits. Data is sent in Base64, which makes it longer by a third.
    private static let maximumMessages = 1000
    private static let maximumBytes = 9_500_000
    private static let maximumDataBytes = 6_000_000
    private static let maximumAttributes = 100
    private static let maximumNameBytes = 256
    private static let maximumValueBytes = 1024
    private static let overhead = 2048

    private let address: Secret
    private let credential: CredentialRequest
    private let isOrdered: Bool
    private let attributes: [(name: String, text: MessageTemplate)]
    private let events: AlertEvents
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        events = AlertEvents(context)
        isOrdered = reader.bool("ordering") ?? true
        attributes = context.texts("attributes")
        if attributes.contains(where: { $0.name.hasPrefix("goog") || $0.name.isEmpty }) || attributes.count > 90 {
            reader.report(
                "value_invalid", "there are at most 90 'attributes', and their names do not begin with 'goog'",
                name: "attributes")
        }
        let base = PubSubIntegration.base(reader)
        let topic = PubSubIntegration.topic(reader)
        guard let credential = GoogleIdentity.read(reader, scope: "https://www.googleapis.com/auth/pubsub"), let topic,
            let base
        else { return nil }
        self.credential = credential
        address = URLEscaping.append("v1/\(topic):publish", to: base)
    }

    private static func base(_ reader: MappingReader) -> Secret? {
        let region = reader.string("region").flatMap { $0.isEmpty ? nil : $0 }
        if reader.has("api_url") { return reader.url("api_url") }
        return Secret(region.map { "https://pubsub.\($0).rep.googleapis.com" } ?? "https://pubsub.googleapis.com")
    }

    private static func topic(_ reader: MappingReader) -> String? {
        let project = reader.string("project").flatMap { $0.isEmpty ? nil : $0 }
        guard let topic = reader.requiredString("topic") else { return nil }
        let parts = topic.split(separator: "/")
        if parts.count == 4, parts[0] == "projects", parts[2] == "topics" { return topic }
        guard let project, parts.count == 1 else {
            reader.report(
                "setting_missing", "give 'project' and 'topic', or 'topic: projects/PROJECT/topics/TOPIC'",
                name: "topic")
            return nil
        }
        return "projects/\(project)/topics/\(topic)"
    }

    func batches(of notification: TocsinAlerts.Notification, now: Timestamp) throws -> [[AlertEvent]] {
        let own = attributes.count * (PubSubIntegration.maximumValueBytes * 6 + PubSubIntegration.maximumNameBytes)
        return try events.events(of: notification, now: now, limit: PubSubIntegration.maximumDataBytes).parts(
            count: PubSubIntegration.maximumMessages, bytes: PubSubIntegration.maximumBytes
        ) { $0.data.count * 4 / 3 + PubSubIntegration.overhead + own }
    }

    func request(
        with events: [AlertEvent], of notification: TocsinAlerts.Notification, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let own = try render(attributes).map {
            ($0.0, Truncation.bytesWithoutMark($0.1, limit: PubSubIntegration.maximumValueBytes))
        }
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("messages")
            writer.array { writer in
                for event in events {
                    writer.object { writer in
                        writer.member("data", Data(event.data).base64EncodedString())
                        writer.member(
                            "attributes",
                            PubSubIntegration.standard(event).filter { standard in
                                !own.contains { $0.0 == standard.0 }
                            } + own)
                        if isOrdered { writer.member("orderingKey", event.group) }
                    }
                }
            }
        }
        var request = http.request(to: address, body: writer.bytes)
        request.credential = credential
        return request
    }

    /// By which subscriptions may choose, and by which receivers notice what comes twice: the vendor does not.
    private static func standard(_ event: AlertEvent) -> [(String, String)] {
        [("id", event.id), ("type", event.type), ("status", event.status.rawValue), ("subject", event.subject)]
    }

    /// Retried is what the vendor's own libraries retry: `google/pubsub/v1/pubsub_grpc_service_config.json`.
    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        let members = (try? JSONSerialization.jsonObject(with: Data(response.body))) as? [String: Any] ?? [:]
        if (200..<300).contains(response.status) {
            guard let ids = members["messageIds"] as? [String], !ids.isEmpty else {
                return .retry(after: nil, reason: .invalidResponse)
            }
            return .delivered(vendorID: ids.first)
        }
        let status = (members["error"] as? [String: Any])?["status"] as? String ?? ""
        let hint = RetryAfter.read(response, now: now)
        switch status {
        case "ABORTED", "CANCELLED", "INTERNAL", "UNKNOWN", "UNAVAILABLE", "DEADLINE_EXCEEDED":
            return .retry(after: hint, reason: .status(response.status, word: status))
        case "RESOURCE_EXHAUSTED": return .retry(after: hint, reason: .rateLimited)
        default: break
        }
        if response.status == 413 { return .split(reason: .status(413)) }
        return plain(response, now: now, authentication: [401, 403])
    }
}
