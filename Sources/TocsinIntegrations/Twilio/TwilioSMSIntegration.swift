import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Sends text messages over Twilio.
///
/// Settings: those of ``TwilioAccount``, `from` or `messaging_service_sid`, `message` (a template), `max_segments` and
/// `status_callback`.
///
/// Source: <https://www.twilio.com/docs/messaging/api/message-resource>.
struct TwilioSMSIntegration: TwilioBatch {
    let account: TwilioAccount
    private let sender: (name: String, value: String)
    private let message: MessageTemplate?
    private let statusCallback: Secret?
    private let maximumSegments: Int
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        zoneFile = context.zoneFile
        message = reader.has("message") ? context.text("message") : nil
        statusCallback = reader.url("status_callback")
        maximumSegments = reader.int("max_segments", in: 1...10) ?? 3
        let sender = TwilioSMSIntegration.sender(reader)
        guard let account = TwilioAccount(context), let sender else { return nil }
        self.account = account
        self.sender = sender
    }

    /// A number, a name or a short code; or a service that chooses among several.
    private static func sender(_ reader: MappingReader) -> (name: String, value: String)? {
        let (from, service) = (reader.string("from") ?? "", reader.string("messaging_service_sid") ?? "")
        guard from.isEmpty != service.isEmpty else {
            let words = from.isEmpty ? "is missing" : "cannot be together"
            reader.report("setting_missing", "'from' or 'messaging_service_sid' \(words)")
            return nil
        }
        if !service.isEmpty, service.wholeMatch(of: /MG[0-9a-fA-F]{32}/) == nil {
            reader.report("value_invalid", "expected MG and 32 digits", name: "messaging_service_sid")
        }
        return from.isEmpty ? ("MessagingServiceSid", service) : ("From", from)
    }

    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        try request(
            to: account.recipients.first ?? "", for: Delivery(notification, attempt: attempt, now: now))
    }

    func request(to number: String, for delivery: Delivery) throws -> DeliveryRequest {
        var form = [("To", number)]
        if let statusCallback { form.append(("StatusCallback", statusCallback.reveal())) }
        form.append((sender.name, sender.value))
        form.append(("Body", try text(delivery)))
        return account.request("Messages.json", form: form)
    }

    private func text(_ delivery: Delivery) throws -> String {
        let notification = delivery.notification
        if let message {
            let render = MessageRenderer(notification, now: delivery.now, zoneFile: zoneFile)
            let text = PlainText.printable(try render(message), orElse: "Alerts")
            return SMSText.fit(text, segments: maximumSegments)
        }
        let message = AlertMessage(notification, limit: 10)
        var lines = [message.titleLine]
        for item in message.items {
            let word = item.status == notification.status ? "" : "Resolved: "
            lines.append(word + PlainText.line(item.text, orElse: "Alert"))
        }
        if message.omitted > 0 { lines.append("and \(message.omitted) more") }
        return SMSText.fit(lines.joined(separator: "\n"), segments: maximumSegments)
    }

    /// Messages of a number since the day on which the notification was made.
    func look(at number: String, for delivery: Delivery) -> DeliveryRequest? {
        let day = String(delivery.notification.createdAt.rfc3339Milliseconds.prefix(10))
        return account.request(
            "Messages.json", query: [("To", number), ("DateSent>", day), ("PageSize", "50")], form: nil)
    }

    /// The same words, sent after the notification was made: there is no other name for a message.
    func isSent(_ response: DeliveryResponse, in delivery: Delivery) throws -> Bool {
        let text = try text(delivery)
        // Twilio's clock may be a little behind.
        let earliest = delivery.notification.createdAt + .seconds(-5)
        return (TwilioAnswer(response)?.messages ?? []).contains { message in
            guard let body = message.body, body.hasSuffix(text), message.status != "failed",
                let created = message.created.flatMap({ RetryAfter.date($0) })
            else { return false }
            return created >= earliest
        }
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        TwilioAnswer.outcome(of: response, now: now, by: self)
    }
}
