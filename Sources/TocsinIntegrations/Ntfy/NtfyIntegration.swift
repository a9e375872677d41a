import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Publishes messages to a topic of ntfy, and replaces them later.
///
/// Servers before 2.16 replace nothing: what was to replace a message is one more there.
///
/// Settings: `server_url` (default `https://ntfy.sh`), `topic`, `channel_by_label` for topics, `token`, or `username` and
/// `password`, `title`, `message`, `priority` and `click` as templates, `tags`, `icon`, `actions`, `update_message`.
///
/// Sources: <https://docs.ntfy.sh/publish/>, `server/errors.go` of binwiederhier/ntfy.
struct NtfyIntegration: EditableMessages {
    let updates: MessageUpdates

    private static let standardAddress = "https://ntfy.sh"

    private let server: Secret
    private let topic: String
    private let topicByLabel: LabelChoice?
    private let authorization: Secret?
    private let message: NtfyMessage
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        message = NtfyMessage(context)
        updates = MessageUpdates(reader, byDefault: true, hasThreads: false)
        topicByLabel = LabelChoice("channel_by_label", in: reader)
        authorization = NtfyIntegration.authorization(reader)
        let topic = reader.requiredString("topic")
        if let topic, topic.wholeMatch(of: #/[-_A-Za-z0-9]{1,64}/#) == nil {
            reader.report(
                "topic_invalid", "'topic' must be 1 to 64 letters, digits, dashes and underscores", name: "topic")
        }
        guard let server = context.address("server_url", default: NtfyIntegration.standardAddress), let topic else {
            return nil
        }
        self.server = server
        self.topic = topic
    }

    private static func authorization(_ reader: MappingReader) -> Secret? {
        let (token, password) = (reader.secretOrFile("token"), reader.secretOrFile("password"))
        let name = reader.string("username")
        if token != nil, name != nil {
            reader.report("setting_conflict", "'token' and 'username' exclude each other", name: "username")
        }
        if let token { return Secret("Bearer " + token.reveal()) }
        guard let name else { return nil }
        return Secret("Basic " + Data("\(name):\(password?.reveal() ?? "")".utf8).base64EncodedString())
    }

    func room(for notification: TocsinAlerts.Notification, now: Timestamp) throws -> String {
        topicByLabel?.choose(for: notification) ?? topic
    }

    func request(_ delivery: Delivery, to target: MessageTarget) throws -> DeliveryRequest {
        let notification = delivery.notification
        let render = MessageRenderer(notification, now: delivery.now, zoneFile: zoneFile)
        let (topic, replaced): (String, String?) =
            switch target {
            case .room(let topic): (topic, nil)
            case .thread(let place): (place.room, nil)
            case .message(let place): (place.room, place.id)
            }
        var request = http.request(
            to: server, headers: authorization.map { [.init("Authorization", $0, isSecret: true)] } ?? [],
            body: try message.encode(notification, topic: topic, replacing: replaced, render))
        if server.reveal().hasPrefix(NtfyIntegration.standardAddress) {
            // Sixty requests at once, and one in five seconds, for an account or an address.
            request.paces = [Pace("ntfy/" + (authorization?.reveal() ?? ""), perSecond: 0.2, burst: 60)]
        }
        return request
    }

    private struct Answer: Decodable {
        let id: String?
        let code: Int?
    }

    private static func read(_ response: DeliveryResponse) -> Answer? {
        try? JSONDecoder().decode(Answer.self, from: Data(response.body))
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        let answer = NtfyIntegration.read(response)
        let reason = FailureReason.status(response.status, word: answer?.code.map(String.init) ?? "")
        switch (response.status, answer?.code) {
        case (200..<300, _): return .delivered(vendorID: answer?.id)
        case (401, _), (403, _): return .reauthenticate(reason: reason)
        case (429, 42908):
            // The day's messages are used up; the day ends at midnight in UTC.
            let day: Int64 = 86_400_000
            return .retry(after: .milliseconds(day - now.milliseconds % day), reason: .rateLimited)
        case (429, _):
            return .retry(after: RetryAfter.read(response, now: now) ?? .seconds(5), reason: .rateLimited)
        // Nobody has subscribed to a topic that needs it.
        case (507, 50701): return .reject(reason: reason)
        default: return common(response, now: now) ?? .reject(reason: reason)
        }
    }

    func place(in response: DeliveryResponse, room: String) -> MessagePlace? {
        guard let id = NtfyIntegration.read(response)?.id, !id.isEmpty else { return nil }
        return MessagePlace(room: room, id: id)
    }
}
