import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Posts CloudEvents 1.0 to any receiver of them, signed by Standard Webhooks if there is a secret.
///
/// Settings: `url`, `mode` (`structured`, `binary` or `batch`), `source`, `subject` (a template), `headers`, `per_alert`
/// (with `batch` alone: one request for an alert each would be too many), `payload`, `signing_secrets`.
///
/// Sources: <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/http-protocol-binding.md>,
/// <https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/http-webhook.md> for the answers.
struct CloudEventsIntegration: EventSender {
    enum Mode: String, CaseIterable {
        case structured
        case binary
        case batch
    }

    /// What receivers that follow the specification for webhooks take in one request.
    private static let maximumBytes = 1 << 20
    private static let overhead = 4 * 1024

    private let url: Secret
    private let mode: Mode
    private let source: String?
    private let subject: MessageTemplate?
    private let headers: [(name: String, value: Secret)]
    private let events: AlertEvents
    private let signature: WebhookSignature
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        events = AlertEvents(context)
        mode = reader.oneOf("mode", Mode.self) ?? .structured
        source = CloudEvent.source(reader)
        subject = reader.has("subject") ? context.text("subject") : nil
        headers = reader.stringMap("headers") ?? []
        signature = WebhookSignature(reader)
        if events.isPerAlert, mode != .batch {
            reader.report("setting_conflict", "'per_alert' goes with 'mode: batch' alone", name: "per_alert")
        }
        guard let url = context.address("url") else { return nil }
        self.url = url
    }

    func batches(of notification: Notification, now: Timestamp) throws -> [[AlertEvent]] {
        let limit = CloudEventsIntegration.maximumBytes - CloudEventsIntegration.overhead
        return try events.events(of: notification, now: now, limit: limit).parts(
            count: mode == .batch ? .max : 1, bytes: CloudEventsIntegration.maximumBytes
        ) { $0.data.count + CloudEventsIntegration.overhead }
    }

    func request(
        with events: [AlertEvent], of notification: Notification, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let subject = try subject.map { Truncation.bytesWithoutMark(try render($0), limit: 256) }
        let all = events.map { CloudEvent($0, of: notification, source: source, subject: subject) }
        var own = headers.map { DeliveryRequest.Header($0.name, $0.value, isSecret: true) }
        var body: [UInt8] = []
        var type = "application/json"
        switch mode {
        case .binary:
            body = all.first?.data ?? []
            own += all.first?.headers ?? []
        case .structured:
            var writer = JSONWriter()
            all.first?.write(to: &writer)
            (body, type) = (writer.bytes, "application/cloudevents+json; charset=utf-8")
        case .batch:
            var writer = JSONWriter()
            writer.array { writer in
                for event in all { event.write(to: &writer) }
            }
            (body, type) = (writer.bytes, "application/cloudevents-batch+json; charset=utf-8")
        }
        own.insert(.init("Content-Type", Secret(type), isSecret: false), at: 0)
        var request = http.request(to: url, headers: own, body: body)
        // A part of a notification is another message than the whole.
        signature.sign(&request, id: events.first?.id ?? notification.id.text, now: now)
        return request
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        if response.status == 413 { return .split(reason: .status(413)) }
        return plain(response, now: now, disabling: [404, 410], authentication: [401, 403])
    }
}
