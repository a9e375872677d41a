import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Posts messages to a room of Webex, changes them later and answers them in a thread.
///
/// Settings: `room_id`, `token` (or Alertmanager's `http_config`), `channel_by_label` for rooms, `mention_by_label`,
/// `update_message`, `post_updates_to_thread`, and Alertmanager's `message`. There are no cards: the vendor changes no
/// message that has one.
///
/// Sources: <https://developer.webex.com/docs/api/v1/messages/create-a-message>,
/// <https://developer.webex.com/docs/api/v1/messages/edit-a-message>; Alertmanager 0.25, `notify/webex/webex.go`.
struct WebexIntegration: EditableMessages {
    let updates: MessageUpdates
    /// The vendor's limit; what comes later answers the message.
    var maximumEdits: Int { 10 }

    /// The vendor's limit, in bytes.
    private static let messageLimit = 7439
    private static let mentionLimit = 300

    /// `<@all>` calls everybody, so no angle bracket of an alert is one.
    private static let markup = Markup(
        unit: .bytes, readsPictures: false, lineEnd: "  ",
        escape: { scalar in
            switch scalar {
            case "\\", "`", "*", "_", "[", "]", "~", "|": "\\" + String(scalar)
            case "<": "&lt;"
            case ">": "&gt;"
            case "&": "&amp;"
            default: nil
            }
        }, emphasise: { "**\($0)**" }, link: { "[\($0.title)](\($0.addressInParentheses))" })

    private let address: Secret
    private let token: Secret?
    private let room: String
    private let roomByLabel: LabelChoice?
    private let mentionByLabel: LabelChoice?
    private let message: MessageTemplate?
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        let isTemplated = context.wantsTexts(["message"], of: "webex")
        message = isTemplated ? context.text("message", template: "webex.default.message") : nil
        updates = MessageUpdates(reader, byDefault: !isTemplated)
        roomByLabel = LabelChoice("channel_by_label", in: reader)
        mentionByLabel = LabelChoice("mention_by_label", in: reader)
        token = reader.secretOrFile("token")
        let room = reader.requiredString("room_id")
        guard let address = context.address("api_url", default: "https://webexapis.com/v1/messages"), let room else {
            return nil
        }
        self.address = address
        self.room = room
    }

    func room(for notification: TocsinAlerts.Notification, now: Timestamp) throws -> String {
        roomByLabel?.choose(for: notification) ?? room
    }

    func request(_ delivery: Delivery, to target: MessageTarget) throws -> DeliveryRequest {
        let markdown = try text(delivery.notification, now: delivery.now)
        var (method, url) = ("POST", address)
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("markdown", markdown)
            switch target {
            case .room(let room): writer.member("roomId", room)
            case .thread(let place):
                writer.member("roomId", place.room)
                writer.member("parentId", place.id)
            case .message(let place):
                (method, url) = ("PUT", URLEscaping.append(segments: [place.id], to: address))
                writer.member("roomId", place.room)
            }
        }
        let headers = token.map { [DeliveryRequest.Header.secret("Authorization", "Bearer " + $0.reveal())] } ?? []
        return http.request(method: method, to: url, headers: headers, body: writer.bytes)
    }

    private func text(_ notification: TocsinAlerts.Notification, now: Timestamp) throws -> String {
        // Nobody is called for what has ended.
        let value = notification.status == .firing ? mentionByLabel?.choose(for: notification) : nil
        let mention = value.map { WebexIntegration.mention($0) + " " } ?? ""
        let limit = WebexIntegration.messageLimit - mention.utf8.count
        if let message {
            let text = try MessageRenderer(notification, now: now, zoneFile: zoneFile)(message)
            return mention + Truncation.bytes(text, limit: limit)
        }
        return mention + WebexIntegration.markup.text(AlertMessage(notification), limit: limit, hasTitle: true)
    }

    /// `all`, an address of a person, or a person's id.
    private static func mention(_ value: String) -> String {
        guard value.utf8.count <= mentionLimit, !value.contains(where: { "<>".contains($0) }) else { return "" }
        if value == "all" { return "<@all>" }
        return value.contains("@") ? "<@personEmail:\(value)>" : "<@personId:\(value)>"
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        // The room is locked for the moment.
        if response.status == 423 {
            return .retry(after: RetryAfter.read(response, now: now), reason: .status(response.status))
        }
        return plain(response, now: now, authentication: [401, 403])
    }

    /// The vendor says 400 where a message was changed too often.
    func canReply(afterFailedEdit response: DeliveryResponse) -> Bool { response.status == 400 }

    private struct Message: Decodable {
        let id: String
        let roomId: String?
    }

    func place(in response: DeliveryResponse, room: String) -> MessagePlace? {
        guard let message = try? JSONDecoder().decode(Message.self, from: Data(response.body)), !message.id.isEmpty
        else { return nil }
        return MessagePlace(room: message.roomId ?? room, id: message.id)
    }
}
