import Foundation
import TocsinCore

/// What Telegram answered: an object whose `ok` says whether it did what was asked.
///
/// Sources: <https://core.telegram.org/bots/api#making-requests>, <https://core.telegram.org/bots/api#responseparameters>;
/// tdlib/telegram-bot-api, `telegram-bot-api/Client.cpp`, for the descriptions.
struct TelegramAnswer: Decodable {
    private struct Parameters: Decodable {
        let retryAfter: Double?
        let chat: Int?

        private enum CodingKeys: String, CodingKey {
            case retryAfter = "retry_after"
            case chat = "migrate_to_chat_id"
        }
    }

    /// Of an edit it may be nothing but `true`.
    private struct Message: Decodable {
        let id: Int?

        private enum CodingKeys: String, CodingKey {
            case id = "message_id"
        }

        init(from decoder: any Decoder) throws {
            id = try? decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .id)
        }
    }

    private let ok: Bool
    private let description: String?
    private let result: Message?
    private let parameters: Parameters?

    init?(_ response: DeliveryResponse) {
        guard let answer = try? JSONDecoder().decode(TelegramAnswer.self, from: Data(response.body)) else { return nil }
        self = answer
    }

    /// Whether it is a success, if the status says so.
    var isSuccess: Bool { ok }

    /// The id of the message that was sent or changed.
    var messageID: String? { result?.id.map(String.init) }

    /// How long to wait.
    var wait: Duration? { parameters?.retryAfter.flatMap(RetryAfter.seconds) }

    /// The id of the chat that the chat has become.
    var newChat: String? { parameters?.chat.map(String.init) }

    /// Whether the message says already what an edit was to make it say.
    var isUnchanged: Bool { says("message is not modified") }

    /// Whether Telegram cannot read the markup.
    var cannotRead: Bool { says("can't parse entities") || says("can't parse message") }

    /// Whether the message that was to be changed is not there, or cannot be changed any more.
    var isMessageGone: Bool {
        [
            "message to edit not found", "message can't be edited", "message_id_invalid",
            "message to be replied not found",
        ]
        .contains(where: says)
    }

    private func says(_ words: String) -> Bool { description?.lowercased().contains(words) ?? false }
}
