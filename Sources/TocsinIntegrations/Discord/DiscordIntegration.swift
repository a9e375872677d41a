import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Posts messages to a channel of Discord over its webhook.
///
/// Sources: <https://discord.com/developers/docs/resources/webhook#execute-webhook>; Alertmanager 0.25,
/// `notify/discord/discord.go`, and 0.34 for the limits, `content`, `username` and `avatar_url`.
struct DiscordIntegration: Integration {
    private static let red = 0x992D22
    private static let green = 0x2ECC71
    // The vendor's limits, in characters; it refuses a message that is longer.
    private static let titleLimit = 256
    private static let descriptionLimit = 4096
    private static let contentLimit = 2000

    private let address: Secret
    private let title: MessageTemplate
    private let message: MessageTemplate
    private let content: MessageTemplate
    private let username: String
    private let avatar: String
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        http = HTTPSettings(context.reader)
        zoneFile = context.zoneFile
        title = context.text("title", template: "discord.default.title")
        message = context.text("message", template: "discord.default.message")
        content = context.text("content")
        username = context.reader.string("username") ?? ""
        avatar = context.reader.string("avatar_url") ?? ""
        guard let address = context.address("webhook_url") else { return nil }
        self.address = address
    }

    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let color = notification.status == .firing ? DiscordIntegration.red : DiscordIntegration.green
        var writer = JSONWriter()
        try writer.object { writer in
            writer.member(
                "content", Truncation.scalars(try render(content), limit: DiscordIntegration.contentLimit))
            writer.memberUnlessEmpty("username", username)
            writer.memberUnlessEmpty("avatar_url", avatar)
            writer.name("embeds")
            try writer.array { writer in
                try writer.object { writer in
                    writer.member(
                        "title", Truncation.scalars(try render(title), limit: DiscordIntegration.titleLimit))
                    writer.member(
                        "description",
                        Truncation.scalars(try render(message), limit: DiscordIntegration.descriptionLimit))
                    writer.member("color", color)
                }
            }
        }
        return http.request(to: address, body: writer.bytes)
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        // The vendor bans addresses that go on after these.
        plain(response, now: now, disabling: [401, 403, 404])
    }
}
