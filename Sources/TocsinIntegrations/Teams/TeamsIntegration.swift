import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Posts cards to a channel of Microsoft Teams, over a workflow's webhook or over an older connector.
///
/// Sources: <https://learn.microsoft.com/en-us/connectors/teams/#adaptivecarditemschema>,
/// <https://learn.microsoft.com/en-us/outlook/actionable-messages/message-card-reference>; Alertmanager 0.34,
/// `notify/msteams/msteams.go` and `notify/msteamsv2/msteamsv2.go`.
struct TeamsIntegration: Integration {
    enum Form: Sendable {
        /// What connectors take: `msteams`.
        case messageCard
        /// What workflows take: `msteamsv2`.
        case adaptiveCard
    }

    private let form: Form
    private let address: Secret
    private let title: MessageTemplate
    private let text: MessageTemplate
    private let summary: MessageTemplate
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext, form: Form) {
        self.form = form
        http = HTTPSettings(context.reader)
        zoneFile = context.zoneFile
        let name = form == .messageCard ? "msteams" : "msteamsv2"
        title = context.text("title", template: "\(name).default.title")
        text = context.text("text", template: "\(name).default.text")
        summary =
            form == .messageCard ? context.text("summary", template: "msteams.default.summary") : MessageTemplate("")
        guard let address = context.address("webhook_url") else { return nil }
        self.address = address
    }

    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let isFiring = notification.status == .firing
        var writer = JSONWriter()
        switch form {
        case .messageCard:
            try writer.object { writer in
                writer.member("@context", "http://schema.org/extensions")
                writer.member("type", "MessageCard")
                writer.member("title", try render(title))
                writer.member("summary", try render(summary))
                writer.member("text", try render(text))
                writer.member("themeColor", isFiring ? "8C1A1A" : "2DC72D")
            }
        case .adaptiveCard: try writeCard(render, color: isFiring ? "Attention" : "Good", to: &writer)
        }
        return http.request(to: address, body: writer.bytes)
    }

    private func writeCard(_ render: MessageRenderer, color: String, to writer: inout JSONWriter) throws {
        try writer.object { writer in
            writer.member("type", "message")
            writer.name("attachments")
            try writer.array { writer in
                try writer.object { writer in
                    writer.member("contentType", "application/vnd.microsoft.card.adaptive")
                    writer.name("contentUrl")
                    writer.value(json: "null".utf8)
                    writer.name("content")
                    try writer.object { writer in
                        writer.member("$schema", "http://adaptivecards.io/schemas/adaptive-card.json")
                        writer.member("type", "AdaptiveCard")
                        writer.member("version", "1.2")
                        writer.member("msteams", [("width", "full")])
                        writer.name("body")
                        try writeBlocks(render, color: color, to: &writer)
                    }
                }
            }
        }
    }

    private func writeBlocks(_ render: MessageRenderer, color: String, to writer: inout JSONWriter) throws {
        let (title, text) = (try render(title), try render(text))
        writer.array { writer in
            writer.object { writer in
                writer.member("type", "TextBlock")
                writer.member("text", title)
                for (name, value) in [("weight", "Bolder"), ("size", "Medium"), ("style", "heading"), ("color", color)]
                {
                    writer.member(name, value)
                }
                writer.member("wrap", true)
            }
            writer.object { writer in
                writer.member("type", "TextBlock")
                writer.member("text", text)
                writer.member("wrap", true)
            }
        }
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        // A connector answers 200 also where the channel's server refused.
        if (200..<300).contains(response.status), response.text.contains("HTTP error 429") {
            return .retry(after: RetryAfter.read(response, now: now), reason: .rateLimited)
        }
        return plain(response, now: now, disabling: [401, 403, 404])
    }
}
