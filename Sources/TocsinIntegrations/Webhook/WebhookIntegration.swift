import Crypto
import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Posts Alertmanager's webhook body, version 4, signed by Standard Webhooks if there is a secret.
///
/// Source of the signature: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>.
struct WebhookIntegration: Integration {
    enum Method: String, CaseIterable {
        case post = "POST"
        case put = "PUT"
        case patch = "PATCH"
    }

    private let url: MessageTemplate
    private let payload: WebhookPayload?
    private let method: Method
    private let headers: [(name: String, value: Secret)]
    private let maximumAlerts: Int
    private let keys: [SymmetricKey]
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        let url = WebhookIntegration.url(context)
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        payload = TemplatedValue("payload", in: context).map(WebhookPayload.init)
        method = reader.oneOf("method", Method.self) ?? .post
        headers = reader.stringMap("headers") ?? []
        maximumAlerts = reader.int("max_alerts", in: 0...1_000_000) ?? 0
        var secrets = reader.stringList("signing_secrets") ?? []
        if let one = reader.secret("signing_secret") { secrets.append(one.reveal()) }
        keys = secrets.compactMap { text in
            let encoded = text.hasPrefix("whsec_") ? String(text.dropFirst(6)) : text
            guard let data = Data(base64Encoded: encoded), (24...64).contains(data.count) else {
                reader.report("value_invalid", "a signing secret is 24 to 64 bytes in Base64, with whsec_ before it")
                return nil
            }
            return SymmetricKey(data: data)
        }
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

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let body = try payload?.encode(render) ?? WebhookV4.encode(notification, maximumAlerts: maximumAlerts)
        let url = Secret(try render(url))
        let id = notification.id.text
        var all: [DeliveryRequest.Header] = [
            .init("Content-Type", Secret("application/json"), isSecret: false),
            .init("User-Agent", Secret("Tocsin"), isSecret: false),
            .init("Idempotency-Key", Secret(id), isSecret: false), .init("webhook-id", Secret(id), isSecret: false),
        ]
        let added = headers.map { DeliveryRequest.Header($0.name, $0.value, isSecret: true) } + http.headers
        let own = Set(added.map { $0.name.lowercased() })
        all.removeAll { own.contains($0.name.lowercased()) }
        all += added
        if !keys.isEmpty {
            let seconds = String(now.milliseconds / 1000)
            all.append(.init("webhook-timestamp", Secret(seconds), isSecret: false))
            all.append(.init("webhook-signature", Secret(signature(id, seconds, body)), isSecret: false))
        }
        var request = DeliveryRequest(method: method.rawValue, url: url, headers: all, body: body)
        request.client = http.client
        request.credential = http.credential
        return request
    }

    /// One signature for each secret, so that a receiver may change to a new one at its leisure.
    private func signature(_ id: String, _ seconds: String, _ body: [UInt8]) -> String {
        let signed = Array("\(id).\(seconds).".utf8) + body
        return keys.map { key in
            "v1," + Data(HMAC<SHA256>.authenticationCode(for: signed, using: key)).base64EncodedString()
        }.joined(separator: " ")
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
