import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Posts messages to a channel of Rocket.Chat over its REST API.
///
/// Sources: <https://developer.rocket.chat/apidocs/post-message>; Alertmanager 0.34,
/// `notify/rocketchat/rocketchat.go`.
struct RocketChatIntegration: Integration {
    private let address: Secret
    private let token: Secret
    private let user: Secret
    private let texts: [(name: String, text: MessageTemplate)]
    private let attachment: RocketChatAttachment
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        texts = [
            ("channel", context.text("channel")),
            ("emoji", context.text("emoji", template: "rocketchat.default.emoji")),
            ("avatar", context.text("icon_url", template: "rocketchat.default.iconurl")),
        ]
        attachment = RocketChatAttachment(context)
        _ = reader.bool("link_names")
        let address = context.address("api_url", default: "https://open.rocket.chat/")
        let (token, user) = (context.secret("token"), context.secret("token_id"))
        guard let address, let token, let user else { return nil }
        self.address = address
        self.token = token
        self.user = user
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        var writer = JSONWriter()
        try writer.object { writer in
            for (name, text) in try render(texts) { writer.memberUnlessEmpty(name, text) }
            writer.name("attachments")
            try writer.array { writer in try attachment.write(render, to: &writer) }
        }
        return http.request(
            to: URLEscaping.append("api/v1/chat.postMessage", to: address),
            headers: [.secret("X-Auth-Token", token.reveal()), .secret("X-User-Id", user.reveal())],
            body: writer.bytes)
    }

    private struct Answer: Decodable {
        let success: Bool
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body))
        if (200..<300).contains(response.status), answer?.success == false {
            return .reject(reason: .vendorRefused)
        }
        return plain(response, now: now, disabling: [401, 403])
    }
}
