import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Calls people over Twilio, and reads to them what fires.
///
/// Settings: those of ``TwilioAccount``, `from`, `message` (a template), `ring_time`, `language`, `voice`,
/// `acknowledge_url`, which is told the key that somebody presses, and `status_callback`.
///
/// The end of a group calls nobody. Source:
/// <https://www.twilio.com/docs/voice/api/call-resource#create-a-call-resource>.
struct TwilioVoiceIntegration: TwilioBatch {
    let account: TwilioAccount
    private let from: String
    private let message: MessageTemplate?
    private let speech: TwiML
    private let statusCallback: Secret?
    private let ringSeconds: Int?
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        zoneFile = context.zoneFile
        message = reader.has("message") ? context.text("message") : nil
        speech = TwiML(reader)
        statusCallback = reader.url("status_callback")
        ringSeconds = reader.duration("ring_time", in: .seconds(5) ... .seconds(600)).map {
            Int($0.components.seconds)
        }
        let from = reader.requiredString("from")
        guard let account = TwilioAccount(context), let from else { return nil }
        self.account = account
        self.from = from
    }

    var sendsResolved: Bool { false }

    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        try request(
            to: account.recipients.first ?? "", for: Delivery(notification, attempt: attempt, now: now))
    }

    func request(to number: String, for delivery: Delivery) throws -> DeliveryRequest {
        var form = [("To", number), ("From", from)]
        if let statusCallback {
            form.append(("StatusCallback", statusCallback.reveal()))
            for event in ["answered", "completed"] { form.append(("StatusCallbackEvent", event)) }
        }
        if let ringSeconds { form.append(("Timeout", String(ringSeconds))) }
        form.append(("Twiml", speech.document(saying: try words(delivery))))
        return account.request("Calls.json", form: form)
    }

    private func words(_ delivery: Delivery) throws -> String {
        let notification = delivery.notification
        if let message {
            let render = MessageRenderer(notification, now: delivery.now, zoneFile: zoneFile)
            return PlainText.line(try render(message), orElse: "Alert.")
        }
        return TwilioVoiceIntegration.words(notification)
    }

    /// Sentences, as few as say what a person has to know to get up.
    static func words(_ notification: Notification) -> String {
        let count = notification.firing.count
        var sentences = [count == 1 ? "One alert is firing." : "\(count) alerts are firing."]
        if let severity = notification.commonLabels["severity"] {
            sentences.append("Severity: \(Truncation.characters(PlainText.line(severity), limit: 100)).")
        }
        for item in notification.firing.prefix(3) {
            let name = PlainText.line(item.alert.labels["alertname"] ?? "")
            let line = PlainText.line(MessageText.line(item.alert), orElse: "Alert")
            let text = name.isEmpty || name == line ? line : "\(name): \(line)"
            sentences.append(Truncation.characters(text, limit: 300) + ".")
        }
        if count > 3 { sentences.append("And \(count - 3) more.") }
        return sentences.joined(separator: " ")
    }

    /// The vendor does not tell what a call said, and a call too many is better than none.
    func look(at number: String, for delivery: Delivery) -> DeliveryRequest? { nil }

    func isSent(_ response: DeliveryResponse, in delivery: Delivery) -> Bool { false }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        TwilioAnswer.outcome(of: response, now: now, by: self)
    }
}
