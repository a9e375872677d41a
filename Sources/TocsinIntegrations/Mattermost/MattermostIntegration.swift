import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Posts messages to Mattermost over an incoming webhook.
///
/// Sources: <https://developers.mattermost.com/integrate/webhooks/incoming/>; Alertmanager 0.34,
/// `notify/mattermost/mattermost.go`.
struct MattermostIntegration: Integration {
    /// The vendor's limit, in characters.
    private static let textLimit = 16_383

    private let address: Secret
    private let text: MessageTemplate
    private let optionalTexts: [(name: String, text: MessageTemplate)]
    private let attachments: [MattermostAttachment]
    private let card: MessageTemplate?
    private let priority: MattermostPriority?
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        text = context.text("text", template: "mattermost.default.text")
        optionalTexts =
            [("username", context.text("username", template: "mattermost.default.username"))]
            + ["channel", "icon_url", "icon_emoji", "type"].map { ($0, context.text($0)) }
        attachments = context.sections("attachments").map(MattermostAttachment.init)
        // Alertmanager reads these too and sends them only as parts of an attachment.
        for name in MattermostAttachment.names + ["fields"] where !["text"].contains(name) { _ = reader.node(name) }
        let props = context.section(reader.mapping("props"))
        card = reader.node("props") == nil ? nil : props.text("card")
        props.reader.finish()
        priority =
            reader.node("priority") == nil ? nil : MattermostPriority(context.section(reader.mapping("priority")))
        guard let address = context.address("webhook_url") else { return nil }
        self.address = address
    }

    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        var writer = JSONWriter()
        try writer.object { writer in
            writer.member("text", Truncation.scalars(try render(text), limit: MattermostIntegration.textLimit))
            for (name, text) in try render(optionalTexts) { writer.memberUnlessEmpty(name, text) }
            if !attachments.isEmpty {
                writer.name("attachments")
                try writer.array { writer in
                    for attachment in attachments { try attachment.write(render, to: &writer) }
                }
            }
            if let card, !card.isEmpty { writer.member("props", [("card", try render(card))]) }
            try priority?.write(render, to: &writer)
        }
        return http.request(to: address, body: writer.bytes)
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome { plain(response, now: now) }
}
