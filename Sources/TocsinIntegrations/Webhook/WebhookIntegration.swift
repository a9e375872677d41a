import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Posts a notification to any address: Alertmanager's webhook body, version 4, or a body of the user's own making,
/// signed by Standard Webhooks if there is a secret, and encrypted for its receiver if there is a key.
///
/// Settings: Alertmanager's, and `method`, `headers`, `body` with `content_type`, those of ``WebhookSignature``, and
/// `encryption`, as ``WebhookEncryption`` reads it.
struct WebhookIntegration: Integration {
    enum Method: String, CaseIterable {
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
    }

    private let url: MessageTemplate
    private let body: WebhookBody
    private let method: Method
    private let headers: [(name: String, value: Secret)]
    private let signature: WebhookSignature
    private let encryption: WebhookEncryption?
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        let url = WebhookIntegration.url(context)
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        body = WebhookBody(context)
        method = reader.oneOf("method", Method.self) ?? .post
        headers = reader.stringMap("headers") ?? []
        signature = WebhookSignature(reader)
        encryption = reader.node("encryption") == nil ? nil : WebhookEncryption(reader.mapping("encryption"))
        guard let url else { return nil }
        self.url = url
    }

    /// An address, or a template of one, which cannot be checked before it is rendered.
    private static func url(_ context: IntegrationContext) -> MessageTemplate? {
        let reader = context.reader
        guard !reader.has("url_file"), reader.string("url")?.contains("{{") == true else {
            return context.address("url").map { MessageTemplate($0.reveal()) }
        }
        return context.secretTemplate("url")
    }

    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let id = notification.id.text
        var own: [DeliveryRequest.Header] = [.init("Idempotency-Key", Secret(id), isSecret: false)]
        var content = try body.encode(notification, render)
        var added = headers.map { DeliveryRequest.Header($0.name, $0.value, isSecret: true) }
        if let encryption {
            let named = added.last { $0.name.lowercased() == "content-type" }?.value.reveal()
            content = try encryption.seal(content, id: id, type: named ?? body.type)
            added.removeAll { $0.name.lowercased() == "content-type" }
            own.append(.init("Content-Type", Secret(WebhookEncryption.contentType), isSecret: false))
        } else {
            own.append(.init("Content-Type", Secret(body.type), isSecret: false))
        }
        let names = Set(added.map { $0.name.lowercased() })
        own.removeAll { names.contains($0.name.lowercased()) }
        var request = http.request(
            method: method.rawValue, to: Secret(try render(url)), headers: own + added, body: content)
        signature.sign(&request, id: id, now: now)
        return request
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        switch response.status {
        case 200..<300: .delivered(vendorID: nil)
        // The specification takes 410 as the receiver's wish to hear no more; all else may heal.
        case 410: .disable(reason: .status(410))
        default:
            common(response, now: now)
                ?? .retry(after: RetryAfter.read(response, now: now), reason: .status(response.status))
        }
    }
}
