import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinTemplates

/// Sends messages as a bot of Telegram, and changes them when their alerts end.
///
/// Messages have a form of their own, or that of Alertmanager where one of its texts is set.
///
/// Sources: <https://core.telegram.org/bots/api#sendmessage>, <https://core.telegram.org/bots/api#editmessagetext> and
/// <https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this>.
struct TelegramIntegration: Integration {
    private let address: Secret
    private let token: MessageTemplate
    private let chat: String
    private let chatByLabel: LabelChoice?
    private let mentionByLabel: LabelChoice?
    private let thread: String
    private let isSilent: Bool
    private let text: TelegramText?
    private let updates: MessageUpdates
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        text = TelegramText(context)
        isSilent = reader.bool("disable_notifications") ?? false
        let thread = reader.string("message_thread_id") ?? ""
        self.thread = thread == "0" ? "" : thread
        chatByLabel = LabelChoice("channel_by_label", in: reader)
        mentionByLabel = LabelChoice("mention_by_label", in: reader)
        updates = MessageUpdates(reader, byDefault: text == nil)
        if text != nil, mentionByLabel != nil {
            reader.report(
                "setting_ignored", "'mention_by_label' has no effect beside 'message', which can call people itself",
                name: "mention_by_label", severity: .warning)
        }
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
        try request(TelegramState(Delivery(notification, attempt: attempt, now: now), chat: chat(for: notification)))
    }

    private func chat(for notification: TocsinAlerts.Notification) -> String {
        chatByLabel?.choose(for: notification) ?? chat
    }

    private func request(_ state: TelegramState) throws -> DeliveryRequest {
        let notification = state.notification
        let render = MessageRenderer(notification, now: state.now, zoneFile: zoneFile)
        let token = try render(token)
        let edited = edited(state)
        var writer = JSONWriter()
        try writer.object { writer in
            writeChat(state.chat, to: &writer)
            if let edited { writer.member("message_id", edited) } else { writeThread(state, to: &writer) }
            if let text {
                try text.write(render, isPlain: state.isPlain, isNew: edited == nil, to: &writer)
                if isSilent, edited == nil { writer.member("disable_notification", "true") }
            } else {
                writeMessage(notification, isPlain: state.isPlain, to: &writer)
                if isSilent, edited == nil { writer.member("disable_notification", true) }
            }
        }
        let method = edited == nil ? "sendMessage" : "editMessageText"
        let address = URLEscaping.append("bot\(token)/\(method)", to: address)
        var request = http.request(to: address, body: writer.bytes, secrets: [Secret(token)])
        request.paces = [
            Pace("telegram/\(token)", perSecond: 30, burst: 30), Pace("telegram/\(token)/\(state.chat)", perSecond: 1),
        ]
        return request
    }

    /// Telegram takes a number for the id of a chat, and a text for the name of one; Alertmanager sends texts only.
    private func writeChat(_ chat: String, to writer: inout JSONWriter) {
        if text == nil, let number = Int64(chat) {
            writer.member("chat_id", number)
        } else {
            writer.member("chat_id", chat)
        }
    }

    private func writeThread(_ state: TelegramState, to writer: inout JSONWriter) {
        if text == nil, let number = Int64(thread) {
            writer.member("message_thread_id", number)
        } else {
            writer.memberUnlessEmpty("message_thread_id", thread)
        }
        guard updates.repliesInThread, let message = state.message else { return }
        writer.name("reply_parameters")
        writer.object { writer in
            writer.member("message_id", message)
            writer.member("allow_sending_without_reply", true)
        }
    }

    private func writeMessage(
        _ notification: TocsinAlerts.Notification, isPlain: Bool, to writer: inout JSONWriter
    ) {
        // Nobody is called for what has ended.
        let mention = notification.status == .firing ? mentionByLabel?.choose(for: notification) : nil
        let html = TelegramMessage.html(AlertMessage(notification), mention: mention)
        writer.member("text", isPlain ? TelegramMessage.withoutTags(html) : html)
        if !isPlain { writer.member("parse_mode", "HTML") }
        writer.name("link_preview_options")
        writer.object { $0.member("is_disabled", true) }
    }

    /// The message that is changed; `nil` where a new one is sent.
    private func edited(_ state: TelegramState) -> Int? {
        updates.edit(state.notification) && !state.isGone ? state.message : nil
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        let answer = TelegramAnswer(response)
        switch response.status {
        case 200..<300:
            guard answer?.isSuccess ?? true else { return .reject(reason: .vendorRefused) }
            return .delivered(vendorID: answer?.messageID)
        case 400 where answer?.isUnchanged == true: return .delivered(vendorID: nil)
        case 429: return .retry(after: RetryAfter.read(response, now: now) ?? answer?.wait, reason: .rateLimited)
        default: return plain(response, now: now, disabling: [403], authentication: [401])
        }
    }

    func next(_ delivery: Delivery) throws -> DeliveryStep {
        let chat = chat(for: delivery.notification)
        let state = TelegramState(delivery, chat: chat, remembers: updates.areWanted)
        guard let last = delivery.exchanges.last else { return .send(try request(state), step: "send") }
        let outcome = outcome(of: last.response, now: delivery.now)
        guard case .delivered = outcome else {
            // Another try only where the answer told what to change, and only once for each.
            return state.hasChanged ? .send(try request(state), step: "send") : .end(outcome, keep: nil)
        }
        let id = TelegramAnswer(last.response)?.messageID ?? edited(state).map(String.init)
        return .end(outcome, keep: updates.areWanted ? state.memory(of: id, chat: chat) : nil)
    }
}
