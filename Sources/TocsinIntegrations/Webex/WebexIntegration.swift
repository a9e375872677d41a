import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Posts messages to a room of Webex.
///
/// Sources: <https://developer.webex.com/docs/api/v1/messages/create-a-message>; Alertmanager 0.25,
/// `notify/webex/webex.go`. The bot's token is in `http_config`.
struct WebexIntegration: Integration {
    /// The vendor's limit, in bytes.
    private static let messageLimit = 7439

    private let address: Secret
    private let room: String
    private let message: MessageTemplate
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        http = HTTPSettings(context.reader)
        zoneFile = context.zoneFile
        message = context.text("message", template: "webex.default.message")
        let room = context.reader.requiredString("room_id")
        guard let address = context.address("api_url", default: "https://webexapis.com/v1/messages"), let room else {
            return nil
        }
        self.address = address
        self.room = room
    }

    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        var writer = JSONWriter()
        try writer.object { writer in
            writer.member("markdown", Truncation.bytes(try render(message), limit: WebexIntegration.messageLimit))
            writer.member("roomId", room)
        }
        return http.request(to: address, body: writer.bytes)
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        // The room is locked for the moment.
        if response.status == 423 {
            return .retry(after: RetryAfter.read(response, now: now), reason: .status(response.status))
        }
        return plain(response, now: now, disabling: [401, 403])
    }
}
