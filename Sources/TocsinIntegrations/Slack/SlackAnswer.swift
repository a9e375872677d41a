import Foundation
import TocsinCore

/// What Slack answered: a word from an incoming webhook, an object from the Web API.
///
/// Sources: <https://docs.slack.dev/reference/methods/chat.postMessage#errors> and
/// <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks#handling_errors>.
struct SlackAnswer {
    private struct Object: Decodable {
        let ok: Bool
        let error: String?
        let channel: String?
        let ts: String?
    }

    private static let later: Set = ["fatal_error", "internal_error", "service_unavailable", "request_timeout"]
    private static let badToken: Set = [
        "invalid_auth", "account_inactive", "token_revoked", "token_expired", "not_authed",
    ]
    private static let goneWebhook: Set = ["no_service", "no_active_hooks", "channel_is_archived", "team_disabled"]
    private static let goneMessage: Set = [
        "message_not_found", "edit_window_closed", "cant_update_message", "thread_not_found", "cannot_reply_to_message",
        "channel_not_found",
    ]

    private let response: DeliveryResponse
    private let object: Object?

    init(_ response: DeliveryResponse) {
        self.response = response
        object = try? JSONDecoder().decode(Object.self, from: Data(response.body))
    }

    /// The message that it tells of.
    var place: SlackPlace? { SlackPlace(channel: object?.channel, ts: object?.ts) }

    /// Whether the earlier message that was to be changed or answered is not there, or cannot be changed any more.
    var isMessageGone: Bool { object?.ok == false && SlackAnswer.goneMessage.contains(object?.error ?? "") }

    /// What it means, if the status does not say so.
    func outcome(isAPI: Bool, hint: Duration?) -> DeliveryOutcome {
        guard let object else { return isAPI ? .retry(after: hint, reason: .invalidResponse) : webhookOutcome }
        if object.ok {
            return .delivered(vendorID: [object.channel, object.ts].compactMap { $0 }.joined(separator: "/"))
        }
        let error = SlackAnswer.word(object.error ?? "")
        let reason = FailureReason("slack_error", detail: error)
        switch error {
        case "rate_limited", "ratelimited": return .retry(after: hint, reason: .rateLimited)
        case _ where SlackAnswer.later.contains(error): return .retry(after: hint, reason: reason)
        case _ where SlackAnswer.badToken.contains(error): return .reauthenticate(reason: reason)
        case "missing_scope": return .disable(reason: reason)
        default: return .reject(reason: reason)
        }
    }

    private var webhookOutcome: DeliveryOutcome {
        let word = SlackAnswer.word(response.text)
        let isSuccess = (200..<300).contains(response.status)
        // Servers that only look like Slack say nothing, or say it in JSON of their own.
        let isForeign = response.body.isEmpty || response.body.first == UInt8(ascii: "{")
        if isSuccess, word == "ok" || isForeign { return .delivered(vendorID: nil) }
        let reason = FailureReason.status(response.status, word: word)
        return SlackAnswer.goneWebhook.contains(word) ? .disable(reason: reason) : .reject(reason: reason)
    }

    /// An error's word, if it is one: nothing else of an answer is repeated.
    private static func word(_ text: String) -> String {
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        return trimmed.utf8.count <= 64 && trimmed.allSatisfy { $0.isLetter || $0 == "_" } ? trimmed : ""
    }
}
