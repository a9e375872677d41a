import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinRouting

/// Posts messages to Slack, over an incoming webhook or, with a token and a channel, over `chat.postMessage`.
///
/// Messages have a form of their own, or that of Alertmanager where one of its texts is set.
///
/// Sources: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks> and
/// <https://docs.slack.dev/reference/methods/chat.postMessage>.
struct SlackIntegration: Integration {
    private enum Door: Sendable {
        case webhook(Secret)
        case api(url: Secret, token: Secret, channel: String)
    }

    private enum Format: Sendable {
        case native(SlackMessage)
        case templates(SlackAttachment)
    }

    private let door: Door
    private let format: Format
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        if SlackAttachment.isWanted(reader) {
            format = .templates(SlackAttachment(context))
        } else {
            format = .native(
                SlackMessage(username: reader.string("username"), iconEmoji: reader.string("icon_emoji")))
        }
        guard let door = SlackIntegration.door(context) else { return nil }
        self.door = door
    }

    private static func door(_ context: IntegrationContext) -> Door? {
        let reader = context.reader
        let channel = reader.string("channel")
        let appAddress = reader.url("app_url")
        // What Alertmanager calls a token of an app is the same thing.
        let token = reader.has("token") ? reader.secret("token") : reader.secretOrFile("app_token")
        guard !reader.has("token"), token == nil else {
            guard let token else { return nil }
            guard let channel else {
                reader.report("setting_missing", "'channel' is missing: a token alone does not say where to post")
                return nil
            }
            let standard = appAddress?.reveal() ?? "https://slack.com/api/chat.postMessage"
            return context.address("api_url", default: standard).map { .api(url: $0, token: token, channel: channel) }
        }
        if reader.has("webhook_url") { return reader.url("webhook_url").map { .webhook($0) } }
        guard reader.has("api_url") || reader.has("api_url_file") else {
            if !reader.has("app_token_file") {
                reader.report("setting_missing", "'webhook_url', or 'token' and 'channel', is missing")
            }
            return nil
        }
        return context.address("api_url").map { .webhook($0) }
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        var headers = [
            DeliveryRequest.Header("Content-Type", Secret("application/json; charset=utf-8"), isSecret: false)
        ]
        var channel: String?
        var secrets: [Secret] = []
        let address: Secret
        switch door {
        case .webhook(let url): address = url
        case .api(let url, let token, let room):
            (address, channel, secrets) = (url, room, [token])
            headers.append(.secret("Authorization", "Bearer " + token.reveal()))
        }
        let body: [UInt8]
        switch format {
        case .native(let message): body = message.encode(notification, channel: channel)
        case .templates(let attachment):
            body = try attachment.encode(MessageRenderer(notification, now: now, zoneFile: zoneFile))
        }
        return http.request(to: address, headers: headers, body: body, secrets: secrets)
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        if let common = common(response, now: now) { return common }
        let hint = RetryAfter.read(response, now: now)
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)) else {
            if case .api = door { return .retry(after: hint, reason: .invalidResponse) }
            return SlackIntegration.webhookOutcome(response)
        }
        return SlackIntegration.apiOutcome(answer, hint: hint)
    }

    private static func webhookOutcome(_ response: DeliveryResponse) -> DeliveryOutcome {
        let word = word(response.text)
        let isSuccess = (200..<300).contains(response.status)
        // Servers that only look like Slack say nothing, or say it in JSON of their own.
        let isForeign = response.body.isEmpty || response.body.first == UInt8(ascii: "{")
        if isSuccess, word == "ok" || isForeign { return .delivered(vendorID: nil) }
        if ["no_service", "no_active_hooks", "channel_is_archived", "team_disabled"].contains(word) {
            return .disable(reason: .status(response.status, word: word))
        }
        return .reject(reason: .status(response.status, word: word))
    }

    private struct Answer: Decodable {
        let ok: Bool
        let error: String?
        let channel: String?
        let ts: String?
    }

    private static func apiOutcome(_ answer: Answer, hint: Duration?) -> DeliveryOutcome {
        if answer.ok {
            return .delivered(vendorID: [answer.channel, answer.ts].compactMap { $0 }.joined(separator: "/"))
        }
        let error = word(answer.error ?? "")
        switch error {
        case "rate_limited", "ratelimited": return .retry(after: hint, reason: .rateLimited)
        case "fatal_error", "internal_error", "service_unavailable", "request_timeout":
            return .retry(after: hint, reason: FailureReason("slack_error", detail: error))
        case "invalid_auth", "account_inactive", "token_revoked", "token_expired", "not_authed", "missing_scope":
            return .disable(reason: FailureReason("slack_error", detail: error))
        default: return .reject(reason: FailureReason("slack_error", detail: error))
        }
    }

    /// An error's word, if it is one: nothing else of an answer is repeated.
    private static func word(_ text: String) -> String {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return trimmed.utf8.count <= 64 && trimmed.allSatisfy { $0.isLetter || $0 == "_" } ? trimmed : ""
    }
}
