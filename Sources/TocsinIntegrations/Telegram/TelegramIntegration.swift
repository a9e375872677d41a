import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinTemplates

/// Sends messages as a bot of Telegram.
///
/// Sources: <https://core.telegram.org/bots/api#sendmessage>; Alertmanager 0.25, `notify/telegram/telegram.go`.
struct TelegramIntegration: Integration {
    enum ParseMode: String, CaseIterable {
        case none = ""
        case markdown = "Markdown"
        case markdown2 = "MarkdownV2"
        case html = "HTML"
    }

    /// The vendor's limit, in characters.
    private static let messageLimit = 4096

    private let address: Secret
    private let token: MessageTemplate
    private let chat: String
    private let thread: String
    private let mode: ParseMode
    private let isSilent: Bool
    private let message: MessageTemplate
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        mode = reader.oneOf("parse_mode", ParseMode.self) ?? .html
        message = context.text(
            "message", template: "telegram.default.message", as: mode == .html ? .html : .text)
        isSilent = reader.bool("disable_notifications") ?? false
        let thread = reader.string("message_thread_id") ?? ""
        self.thread = thread == "0" ? "" : thread
        let address = context.address("api_url", default: "https://api.telegram.org")
        let chat = reader.secretOrFile("chat_id")?.reveal() ?? ""
        if chat.isEmpty || chat == "0" { reader.report("setting_missing", "'chat_id' is missing", name: "chat_id") }
        guard let token = context.secretTemplate("bot_token"), let address else { return nil }
        self.address = address
        self.token = token
        self.chat = chat
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let token = try render(token)
        var text = Truncation.scalars(try render(message), limit: TelegramIntegration.messageLimit)
        if mode == .html { text = TelegramIntegration.withoutBrokenEnd(text) }
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("chat_id", chat)
            writer.member("text", text)
            writer.memberUnlessEmpty("parse_mode", mode.rawValue)
            writer.memberUnlessEmpty("message_thread_id", thread)
            writer.member("disable_web_page_preview", "true")
            if isSilent { writer.member("disable_notification", "true") }
        }
        let address = URLEscaping.append("bot\(token)/sendMessage", to: address)
        return http.request(to: address, body: writer.bytes, secrets: [Secret(token)])
    }

    /// The vendor refuses a whole message for a tag or a character reference that the cut went through.
    private static func withoutBrokenEnd(_ text: String) -> String {
        guard text.hasSuffix("…"), let start = text.lastIndex(where: { $0 == "<" || $0 == "&" }) else { return text }
        let rest = text[start...]
        return rest.contains(rest.first == "<" ? ">" : ";") ? text : text[..<start] + "…"
    }

    private struct Answer: Decodable {
        struct Parameters: Decodable {
            let retryAfter: Int?

            private enum CodingKeys: String, CodingKey {
                case retryAfter = "retry_after"
            }
        }

        struct Message: Decodable {
            let id: Int

            private enum CodingKeys: String, CodingKey {
                case id = "message_id"
            }
        }

        let ok: Bool
        let result: Message?
        let parameters: Parameters?
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body))
        switch response.status {
        case 200..<300:
            guard answer?.ok ?? true else { return .reject(reason: .vendorRefused) }
            return .delivered(vendorID: (answer?.result?.id).map { "\(chat)/\($0)" })
        case 429:
            let wait = answer?.parameters?.retryAfter.map { Duration.seconds(min(max(0, $0), 86_400)) }
            return .retry(after: RetryAfter.read(response, now: now) ?? wait, reason: .rateLimited)
        default: return plain(response, now: now, disabling: [401, 403])
        }
    }
}
