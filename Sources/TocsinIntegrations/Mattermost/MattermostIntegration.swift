import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Posts messages to Mattermost: over an incoming webhook, or, with a token, over the REST API, which can change them later
/// and answer them in a thread.
///
/// Settings: `webhook_url`, or `server_url`, `token` and `channel_id`; `channel_by_label` names channels for a webhook and
/// their ids for the API; `mention_by_label`, `update_message`, `post_updates_to_thread`, and the texts of Alertmanager's.
///
/// Sources: <https://developers.mattermost.com/integrate/webhooks/incoming/>,
/// <https://developers.mattermost.com/api-documentation/#/operations/CreatePost> and `PatchPost`; Alertmanager 0.34,
/// `notify/mattermost/mattermost.go`.
struct MattermostIntegration: EditableMessages {
    let updates: MessageUpdates
    var tellsPlaces: Bool { door.isAPI }

    private let door: MattermostDoor
    private let post: MattermostPost
    private let channel: MessageTemplate
    private let channelByLabel: LabelChoice?
    private let mentionByLabel: LabelChoice?
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        post = MattermostPost(context)
        channelByLabel = LabelChoice("channel_by_label", in: reader)
        mentionByLabel = LabelChoice("mention_by_label", in: reader)
        updates = MessageUpdates(reader, byDefault: !post.isTemplated)
        guard let door = MattermostDoor(context) else { return nil }
        self.door = door
        channel = context.text(door.isAPI ? "channel_id" : "channel")
        if door.isAPI {
            if channel.isEmpty, channelByLabel == nil {
                reader.report("setting_missing", "'channel_id' is missing: a token alone does not say where to post")
            }
            for name in ["username", "icon_url", "icon_emoji"] where reader.has(name) {
                reader.report(
                    "setting_ignored", "'\(name)' has no effect: what a token sends has its owner's name", name: name,
                    severity: .warning)
            }
        } else {
            for name in ["update_message", "post_updates_to_thread"] {
                context.ignore(name, because: "a webhook does not tell where its messages are, use 'token'")
            }
        }
    }

    func room(for notification: TocsinAlerts.Notification, now: Timestamp) throws -> String {
        if let chosen = channelByLabel?.choose(for: notification) { return chosen }
        return try MessageRenderer(notification, now: now, zoneFile: zoneFile)(channel)
    }

    func request(_ delivery: Delivery, to target: MessageTarget) throws -> DeliveryRequest {
        let notification = delivery.notification
        let render = MessageRenderer(notification, now: delivery.now, zoneFile: zoneFile)
        // Nobody is called for what has ended.
        let value = notification.status == .firing ? mentionByLabel?.choose(for: notification) : nil
        let mention = value.map { $0.hasPrefix("@") ? $0 : "@" + $0 }
        let (method, url) = door.address(of: target)
        var headers: [DeliveryRequest.Header] = []
        let body: [UInt8]
        if let token = door.token {
            headers.append(.secret("Authorization", "Bearer " + token.reveal()))
            let name = "tocsin:\(notification.id.text):\(target.step)"
            body = try post.encode(notification, to: target, name: name, mention: mention, render)
        } else {
            let channel = try room(for: notification, now: delivery.now)
            body = try post.encodeForWebhook(notification, channel: channel, mention: mention, render)
        }
        var request = http.request(
            method: method, to: url, headers: headers, body: body, secrets: door.token.map { [$0] } ?? [])
        request.paces = [door.pace]
        return request
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        if response.status == 429 {
            let hint = RetryAfter.read(response, now: now)
            let reset = RetryAfter.readReset("x-ratelimit-reset", of: response, now: now)
            return .retry(after: hint ?? reset, reason: .rateLimited)
        }
        guard door.isAPI else { return plain(response, now: now) }
        return plain(response, now: now, disabling: [403], authentication: [401])
    }

    private struct Post: Decodable {
        let id: String
        let channel: String

        private enum CodingKeys: String, CodingKey {
            case id
            case channel = "channel_id"
        }
    }

    func place(in response: DeliveryResponse, room: String) -> MessagePlace? {
        guard door.isAPI, (200..<300).contains(response.status),
            let post = try? JSONDecoder().decode(Post.self, from: Data(response.body)), !post.id.isEmpty
        else { return nil }
        return MessagePlace(room: post.channel, id: post.id)
    }
}
