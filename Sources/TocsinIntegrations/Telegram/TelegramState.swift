import TocsinAlerts
import TocsinCore

/// What an attempt has learned from memory and from Telegram's answers so far.
struct TelegramState {
    let notification: Notification
    let now: Timestamp
    /// Where the message goes: a group that has become a supergroup has another id.
    private(set) var chat: String
    /// The earlier message of the group.
    private(set) var message: Int?
    /// Whether the earlier message cannot be changed.
    private(set) var isGone = false
    /// Whether Telegram cannot read the markup.
    private(set) var isPlain = false
    /// Whether the last answer told something new.
    private(set) var hasChanged = false
    private var hasMoved = false

    /// - Parameters:
    ///   - chat: The chat that the settings name.
    ///   - remembers: Whether earlier messages matter.
    init(_ delivery: Delivery, chat: String, remembers: Bool = false) {
        notification = delivery.notification
        now = delivery.now
        self.chat = chat
        if delivery.memory["asked"] == chat {
            self.chat = delivery.memory["chat"] ?? chat
            if remembers { message = delivery.memory["message"].flatMap(Int.init) }
        }
        for exchange in delivery.exchanges { learn(from: exchange.response) }
    }

    private mutating func learn(from response: DeliveryResponse) {
        hasChanged = false
        guard response.status == 400, let answer = TelegramAnswer(response) else { return }
        if let new = answer.newChat, !hasMoved {
            // The new chat numbers its messages anew.
            (chat, message, hasMoved, hasChanged) = (new, nil, true, true)
        } else if answer.isMessageGone, !isGone {
            (isGone, hasChanged) = (true, true)
        } else if answer.cannotRead, !isPlain {
            (isPlain, hasChanged) = (true, true)
        }
    }

    /// What is to be known later: no message once all has ended, since what fires then is another matter.
    func memory(of message: String?, chat asked: String) -> VendorMemory {
        var memory = VendorMemory()
        if chat != asked || notification.status == .firing { memory["asked"] = asked }
        if chat != asked { memory["chat"] = chat }
        if notification.status == .firing { memory["message"] = message }
        return memory
    }
}
