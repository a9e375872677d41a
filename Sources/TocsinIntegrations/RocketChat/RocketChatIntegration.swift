import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Posts messages to a channel of Rocket.Chat: over its REST API, which can change them later and answer them in a thread,
/// or over an incoming webhook.
///
/// Settings: `api_url`, `token`, `token_id` and `channel`, or `webhook_url`; `channel_by_label`, `mention_by_label`,
/// `update_message`, `post_updates_to_thread`, and the texts of Alertmanager's, which make an attachment.
///
/// Sources: <https://developer.rocket.chat/apidocs/post-message>, <https://developer.rocket.chat/apidocs/update-message>,
/// <https://docs.rocket.chat/docs/integrations>; Alertmanager 0.34, `notify/rocketchat/rocketchat.go`.
struct RocketChatIntegration: EditableMessages {
    let updates: MessageUpdates
    var tellsPlaces: Bool { door.isAPI }
    /// An attachment cannot be changed, only answered.
    var maximumEdits: Int { attachment == nil ? .max : 0 }

    /// The settings that ask for Alertmanager's form.
    private static let names = [
        "title", "title_link", "text", "color", "image_url", "thumb_url", "fields", "actions", "short_fields",
        "link_names",
    ]

    private let door: RocketChatDoor
    private let channel: MessageTemplate
    private let channelByLabel: LabelChoice?
    private let mentionByLabel: LabelChoice?
    private let sender: [(name: String, text: MessageTemplate)]
    private let attachment: RocketChatAttachment?
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        channel = context.text("channel")
        channelByLabel = LabelChoice("channel_by_label", in: reader)
        mentionByLabel = LabelChoice("mention_by_label", in: reader)
        sender = [
            ("emoji", context.text("emoji", template: "rocketchat.default.emoji")),
            ("avatar", context.text("icon_url", template: "rocketchat.default.iconurl")),
        ]
        let isTemplated = context.wantsTexts(RocketChatIntegration.names, of: "rocketchat")
        attachment = isTemplated ? RocketChatAttachment(context) : nil
        _ = reader.bool("link_names")
        updates = MessageUpdates(reader, byDefault: !isTemplated)
        guard let door = RocketChatDoor(context) else { return nil }
        self.door = door
        guard !door.isAPI else { return }
        for name in ["update_message", "post_updates_to_thread"] {
            context.ignore(name, because: "a webhook does not tell where its messages are, use 'token'")
        }
    }

    func room(for notification: TocsinAlerts.Notification, now: Timestamp) throws -> String {
        if let chosen = channelByLabel?.choose(for: notification) { return chosen }
        return try MessageRenderer(notification, now: now, zoneFile: zoneFile)(channel)
    }

    func request(_ delivery: Delivery, to target: MessageTarget) throws -> DeliveryRequest {
        let notification = delivery.notification
        let render = MessageRenderer(notification, now: delivery.now, zoneFile: zoneFile)
        var writer = JSONWriter()
        try writer.object { writer in
            switch target {
            case .room(let channel): writer.memberUnlessEmpty("channel", channel)
            case .thread(let place):
                writer.member("roomId", place.room)
                writer.member("tmid", place.id)
            case .message(let place):
                writer.member("roomId", place.room)
                writer.member("msgId", place.id)
                writer.member("text", text(notification))
                return
            }
            for (name, text) in try render(sender) { writer.memberUnlessEmpty(name, text) }
            guard let attachment else {
                writer.member("text", text(notification))
                return
            }
            writer.memberUnlessEmpty("text", mention(notification) ?? "")
            writer.name("attachments")
            try writer.array { writer in try attachment.write(render, to: &writer) }
        }
        var request = http.request(to: door.address(of: target), headers: door.headers, body: writer.bytes)
        request.paces = [door.pace]
        return request
    }

    private func text(_ notification: TocsinAlerts.Notification) -> String {
        RocketChatMessage.text(AlertMessage(notification), mention: mention(notification))
    }

    /// Nobody is called for what has ended.
    private func mention(_ notification: TocsinAlerts.Notification) -> String? {
        guard notification.status == .firing else { return nil }
        return mentionByLabel?.choose(for: notification).map { $0.hasPrefix("@") ? $0 : "@" + $0 }
    }

    private struct Answer: Decodable {
        struct Message: Decodable {
            let id: String
            let room: String?

            private enum CodingKeys: String, CodingKey {
                case id = "_id"
                case room = "rid"
            }
        }

        let success: Bool
        let message: Message?
    }

    private static func read(_ response: DeliveryResponse) -> Answer? {
        try? JSONDecoder().decode(Answer.self, from: Data(response.body))
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        let hint = RetryAfter.read(response, now: now)
        if response.status == 429 {
            let reset = RetryAfter.readReset("x-ratelimit-reset", of: response, now: now)
            return .retry(after: hint ?? reset, reason: .rateLimited)
        }
        guard (200..<300).contains(response.status) else {
            return plain(response, now: now, disabling: [403], authentication: [401])
        }
        switch RocketChatIntegration.read(response)?.success {
        case true?: return .delivered(vendorID: nil)
        case false?: return .reject(reason: .vendorRefused)
        // A page of a proxy in front of the server, or of another server.
        case nil: return .retry(after: hint, reason: .invalidResponse)
        }
    }

    func place(in response: DeliveryResponse, room: String) -> MessagePlace? {
        guard door.isAPI, let message = RocketChatIntegration.read(response)?.message, let room = message.room else {
            return nil
        }
        return MessagePlace(room: room, id: message.id)
    }
}
