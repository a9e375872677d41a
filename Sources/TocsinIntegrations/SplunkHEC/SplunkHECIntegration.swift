import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Sends events to Splunk's HTTP Event Collector, one for each alert of a notification.
///
/// Nothing is looked up or changed there: an alert that ended is one more event, with the same `fingerprint`.
///
/// Settings: `url` (`https://splunk.example:8088`, or the whole address), `token`, `index`, `source`, `sourcetype`, `host`
/// as a template, `channel` for indexer acknowledgement.
///
/// Sources: <https://docs.splunk.com/Documentation/Splunk/latest/Data/FormateventsforHTTPEventCollector>,
/// <https://docs.splunk.com/Documentation/Splunk/latest/Data/TroubleshootHTTPEventCollector>.
struct SplunkHECIntegration: Integration {
    /// Splunk Cloud advises to stay below 1 MB; others take more.
    private static let sizeLimit = 1_000_000
    private static let path = "/services/collector/event"

    private let url: Secret
    private let token: Secret
    private let channel: String?
    private let event: SplunkHECEvent
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        event = SplunkHECEvent(context)
        channel = reader.string("channel")
        if let channel, UUID(uuidString: channel) == nil {
            reader.report("value_invalid", "expected a GUID", name: "channel")
        }
        let url = context.address("url")
        guard let token = context.secret("token"), let url else { return nil }
        self.url = SplunkHECIntegration.whole(url)
        self.token = token
    }

    /// The address with the collector's path, unless it has a path of its own.
    private static func whole(_ address: Secret) -> Secret {
        guard let url = URL(string: address.reveal()), url.path.isEmpty || url.path == "/" else { return address }
        return URLEscaping.append(String(path.dropFirst()), to: address)
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        var headers: [DeliveryRequest.Header] = [.secret("Authorization", "Splunk " + token.reveal())]
        if let channel { headers.append(.init("X-Splunk-Request-Channel", Secret(channel), isSecret: false)) }
        return http.request(
            to: url, headers: headers, body: try event.encode(notification, render), secrets: [token])
    }

    func next(_ delivery: Delivery) throws -> DeliveryStep {
        if let response = delivery.exchanges.last?.response {
            return .end(outcome(of: response, now: delivery.now), keep: nil)
        }
        let request = try request(for: delivery.notification, attempt: delivery.attempt, now: delivery.now)
        guard request.body.count <= SplunkHECIntegration.sizeLimit || delivery.notification.alerts.count < 2 else {
            return .end(.split(reason: FailureReason("too_large")), keep: nil)
        }
        return .send(request, step: "send")
    }

    private struct Answer: Decodable {
        let code: Int?
        let ackId: Int64?
    }

    /// The codes are those of the vendor's table; the text beside them is for people.
    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body))
        let reason = FailureReason.status(response.status, word: answer?.code.map { "code \($0)" } ?? "")
        if response.status == 413 { return .split(reason: reason) }
        switch answer?.code {
        case 0? where response.status == 200: return .delivered(vendorID: answer?.ackId.map(String.init))
        // The token is disabled, missing, malformed or unknown.
        case 1?, 2?, 3?, 4?: return .reauthenticate(reason: reason)
        // It is broken or busy.
        case 8?, 9?: return .retry(after: RetryAfter.read(response, now: now), reason: reason)
        case let code? where (5...7).contains(code) || (10...16).contains(code): return .reject(reason: reason)
        default: break
        }
        // What stands between says that all is well: the collector has not.
        if (200..<300).contains(response.status) { return .retry(after: nil, reason: .invalidResponse) }
        return plain(response, now: now, authentication: [401, 403])
    }
}
