import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinRouting

/// Posts messages to Slack, over an incoming webhook or, with a token and a channel, over `chat.postMessage`.
///
/// Sources: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks> and
/// <https://docs.slack.dev/reference/methods/chat.postMessage>.
struct SlackIntegration: Integration {
    private enum Door: Sendable {
        case webhook(Secret)
        case api(url: Secret, token: Secret, channel: String)
    }

    private let door: Door
    private let message: SlackMessage

    init?(_ reader: MappingReader) {
        message = SlackMessage(username: reader.string("username"), iconEmoji: reader.string("icon_emoji"))
        let name = reader.has("api_url") && !reader.has("webhook_url") ? "api_url" : "webhook_url"
        let channel = reader.string("channel")
        if reader.has("token") {
            guard let token = reader.secret("token") else { return nil }
            guard let channel else {
                reader.report("setting_missing", "'channel' is missing: a token alone does not say where to post")
                return nil
            }
            let base = reader.url("api_url")?.reveal() ?? "https://slack.com/api/chat.postMessage"
            door = .api(url: Secret(base), token: token, channel: channel)
        } else if let url = reader.url(name) {
            door = .webhook(url)
        } else {
            if !reader.has(name) {
                reader.report("setting_missing", "'webhook_url', or 'token' and 'channel', is missing")
            }
            return nil
        }
    }

    func request(for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp) -> DeliveryRequest {
        let type = DeliveryRequest.Header("Content-Type", Secret("application/json; charset=utf-8"), isSecret: false)
        switch door {
        case .webhook(let url):
            return DeliveryRequest(url: url, headers: [type], body: message.encode(notification, channel: nil))
        case .api(let url, let token, let channel):
            let login = DeliveryRequest.Header("Authorization", Secret("Bearer " + token.reveal()), isSecret: true)
            return DeliveryRequest(
                url: url, headers: [type, login], body: message.encode(notification, channel: channel),
                secrets: [token])
        }
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        if let common = common(response, now: now) { return common }
        switch door {
        case .webhook: return SlackIntegration.webhookOutcome(response)
        case .api: return SlackIntegration.apiOutcome(response, hint: RetryAfter.read(response, now: now))
        }
    }

    private static func webhookOutcome(_ response: DeliveryResponse) -> DeliveryOutcome {
        let word = word(response.text)
        if response.status == 200, word == "ok" { return .delivered(vendorID: nil) }
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

    private static func apiOutcome(_ response: DeliveryResponse, hint: Duration?) -> DeliveryOutcome {
        guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)) else {
            return .retry(after: hint, reason: .invalidResponse)
        }
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
