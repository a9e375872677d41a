import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// What a webhook is posted: Alertmanager's body, version 4, or one of the user's own making.
enum WebhookBody: Sendable {
    /// - Parameter maximumAlerts: The most alerts to tell; 0 for all.
    case alertmanager(maximumAlerts: Int)
    /// JSON whose texts are templates: the setting `payload`.
    case json(WebhookPayload)
    /// Any text: the settings `body` and `content_type`.
    case text(MessageTemplate, type: String)

    /// Reads the settings; what is wrong is reported.
    init(_ context: IntegrationContext) {
        let reader = context.reader
        let payload = TemplatedValue("payload", in: context).map(WebhookPayload.init)
        let maximumAlerts = reader.int("max_alerts", in: 0...1_000_000) ?? 0
        let type = reader.string("content_type").flatMap { $0.isEmpty ? nil : $0 }
        if let type, !type.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) {
            reader.report("value_invalid", "'content_type' is a type such as text/plain", name: "content_type")
        }
        guard reader.has("body") else {
            _ = reader.node("body")
            if type != nil {
                reader.report("setting_conflict", "'content_type' goes with 'body'", name: "content_type")
            }
            self = payload.map(WebhookBody.json) ?? .alertmanager(maximumAlerts: maximumAlerts)
            return
        }
        if payload != nil { reader.report("setting_conflict", "give 'body' or 'payload', not both", name: "payload") }
        self = .text(context.text("body"), type: type ?? "text/plain; charset=utf-8")
    }

    /// The content type.
    var type: String {
        if case .text(_, let type) = self { type } else { "application/json" }
    }

    /// The bytes for a notification.
    func encode(_ notification: Notification, _ render: MessageRenderer) throws -> [UInt8] {
        switch self {
        case .alertmanager(let most): WebhookV4.encode(notification, maximumAlerts: most)
        case .json(let payload): try payload.encode(render)
        case .text(let text, _): Array(try render(text).utf8)
        }
    }
}
