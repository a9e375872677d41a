import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinTemplates

/// Sends messages to phones over Pushover.
///
/// Sources: <https://pushover.net/api>; Alertmanager 0.25, `notify/pushover/pushover.go`, and 0.34 for `device`, `ttl`
/// and `monospace`.
struct PushoverIntegration: Integration {
    private static let address = "https://api.pushover.net/1/messages.json"
    // The vendor's limits, in characters.
    private static let titleLimit = 250
    private static let messageLimit = 1024
    private static let addressLimit = 512

    private let user: MessageTemplate
    private let token: MessageTemplate
    private let title: MessageTemplate
    private let message: MessageTemplate
    private let link: MessageTemplate
    private let texts: [(name: String, text: MessageTemplate)]
    private let optionalTexts: [(name: String, text: MessageTemplate)]
    private let fixed: [(String, String)]
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        let isHTML = reader.bool("html") ?? false
        let form: TemplateSet.Form = isHTML ? .html : .text
        title = context.text("title", template: "pushover.default.title")
        message = context.text("message", template: "pushover.default.message", as: form)
        link = context.text("url", template: "pushover.default.url")
        texts = [
            ("url_title", context.text("url_title")),
            ("priority", context.text("priority", default: "{{ if eq .Status \"firing\" }}2{{ else }}0{{ end }}")),
            ("sound", context.text("sound")),
        ]
        optionalTexts = [("device", context.text("device"))]
        func seconds(_ name: String, _ standard: Int64) -> Int64 {
            reader.duration(name, in: .zero...(.seconds(365 * 86_400))).map { $0.milliseconds / 1000 } ?? standard
        }
        let life = seconds("ttl", 0)
        fixed =
            [("retry", String(seconds("retry", 60))), ("expire", String(seconds("expire", 3600)))]
            + (isHTML ? [("html", "1")] : []) + (reader.bool("monospace") ?? false ? [("monospace", "1")] : [])
            + (life > 0 ? [("ttl", String(life))] : [])
        let user = context.secretTemplate("user_key")
        guard let token = context.secretTemplate("token"), let user else { return nil }
        self.user = user
        self.token = token
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let (user, token) = (try render(user), try render(token))
        let message = Truncation.scalars(try render(message), limit: PushoverIntegration.messageLimit)
            .trimmingCharacters(in: .whitespacesAndNewlines)
        var members = fixed
        members += [
            ("user", user), ("token", token),
            ("title", Truncation.scalars(try render(title), limit: PushoverIntegration.titleLimit)),
            // The vendor refuses a message without words.
            ("message", message.isEmpty ? "(no details)" : message),
            ("url", Truncation.scalars(try render(link), limit: PushoverIntegration.addressLimit)),
        ]
        members += try render(texts)
        members += try render(optionalTexts).filter { !$0.1.isEmpty }
        let type = DeliveryRequest.Header(
            "Content-Type", Secret("application/x-www-form-urlencoded"), isSecret: false)
        return http.request(
            to: Secret(PushoverIntegration.address), headers: [type], body: Array(URLEscaping.form(members).utf8),
            secrets: [user, token, URLEscaping.query(user), URLEscaping.query(token)].map { Secret($0) })
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        // Says that the month's messages are used up, which no retry changes.
        if response.status == 429 { return .reject(reason: .rateLimited) }
        return plain(response, now: now)
    }
}
