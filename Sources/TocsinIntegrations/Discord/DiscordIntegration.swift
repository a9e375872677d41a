import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Posts messages to a channel of Discord over its webhook, and changes them when their alerts end.
///
/// Messages have a form of their own, or that of Alertmanager where one of its texts is set.
///
/// Sources: <https://discord.com/developers/docs/resources/webhook#execute-webhook>,
/// <https://discord.com/developers/docs/resources/webhook#edit-webhook-message> and
/// <https://discord.com/developers/docs/topics/rate-limits>.
struct DiscordIntegration: Integration {
    /// Discord bans addresses that go on after these; how fast it may be asked it tells only when it was too fast.
    private static let refusals = RefusalLimit(
        vendor: "discord", statuses: [401, 403, 404, 429], count: 10_000, seconds: 600)
    private static let threadNameLimit = 100
    private static let usernameLimit = 80

    private let address: Secret
    private let texts: DiscordTexts?
    private let username: String
    private let avatar: String
    private let threadID: String
    private let threadName: MessageTemplate
    private let mentionByLabel: LabelChoice?
    private let updates: MessageUpdates
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        texts = DiscordTexts.areWanted(context) ? DiscordTexts(context) : nil
        username = reader.string("username") ?? ""
        avatar = reader.string("avatar_url") ?? ""
        threadID = reader.string("thread_id") ?? ""
        threadName = context.text("thread_name")
        mentionByLabel = LabelChoice("mention_by_label", in: reader)
        updates = MessageUpdates(reader, byDefault: texts == nil, hasThreads: false)
        if username.unicodeScalars.count > DiscordIntegration.usernameLimit {
            reader.report(
                "value_invalid", "at most \(DiscordIntegration.usernameLimit) characters are allowed", name: "username")
        }
        if !threadID.isEmpty, !threadName.isEmpty {
            reader.report(
                "setting_conflict", "'thread_name' makes a thread and 'thread_id' names one: give one of them")
        }
        guard let address = context.address("webhook_url") else { return nil }
        self.address = address
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        try request(notification, now: now, message: nil, thread: nil)
    }

    /// - Parameters:
    ///   - message: The id of the message that is changed; `nil` for a new one.
    ///   - thread: The id of the thread that was made for this group.
    private func request(
        _ notification: TocsinAlerts.Notification, now: Timestamp, message: String?, thread: String?
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let isFiring = notification.status == .firing
        // Nobody is called for what has ended.
        let mention = isFiring ? mentionByLabel?.choose(for: notification).map(DiscordMention.init) : nil
        let thread = thread ?? threadID
        var writer = JSONWriter()
        try writer.object { writer in
            if message == nil {
                writer.memberUnlessEmpty("username", username)
                writer.memberUnlessEmpty("avatar_url", avatar)
                let name = thread.isEmpty ? PlainText.line(try render(threadName)) : ""
                writer.memberUnlessEmpty(
                    "thread_name", Truncation.escaped(name, limit: DiscordIntegration.threadNameLimit, in: .utf16))
            }
            if let texts {
                try texts.write(render, isFiring: isFiring, mention: mention?.text, to: &writer)
            } else {
                writer.member("content", mention?.text ?? "")
                DiscordMessage.write(AlertMessage(notification), at: notification.createdAt, to: &writer)
            }
            // In Alertmanager's form the author of the templates may call whom he likes.
            if texts == nil || mention != nil { DiscordMention.write(mention, to: &writer) }
        }
        var request = http.request(
            method: message == nil ? "POST" : "PATCH", to: address(message: message, thread: thread),
            body: writer.bytes)
        request.refusals = DiscordIntegration.refusals
        return request
    }

    /// A new message is waited for: otherwise Discord says that it took one which it then drops, and not what its id is.
    private func address(message: String?, thread: String) -> Secret {
        var query = thread.isEmpty ? [] : ["thread_id=" + URLEscaping.query(thread)]
        if let message {
            return URLEscaping.append(
                "messages/" + message, to: address, query: query.isEmpty ? nil : query.joined())
        }
        if texts == nil || updates.areWanted { query.insert("wait=true", at: 0) }
        guard !query.isEmpty else { return address }
        let text = address.reveal()
        return Secret(text + (text.contains("?") ? "&" : "?") + query.joined(separator: "&"))
    }

    private struct Answer: Decodable {
        let id: String?
        let channel: String?
        let code: Int?
        let retryAfter: Double?

        private enum CodingKeys: String, CodingKey {
            case id
            case channel = "channel_id"
            case code
            case retryAfter = "retry_after"
        }

        /// Unknown channel, unknown message, and a message that this webhook may not edit.
        var isMessageGone: Bool { [10_003, 10_008, 50_005].contains(code) }

        init?(_ response: DeliveryResponse) {
            guard let answer = try? JSONDecoder().decode(Answer.self, from: Data(response.body)) else { return nil }
            self = answer
        }
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        let answer = Answer(response)
        if response.status == 429 {
            let seconds = answer?.retryAfter ?? response.header("x-ratelimit-reset-after").flatMap(Double.init)
            return .retry(
                after: RetryAfter.read(response, now: now) ?? seconds.flatMap(RetryAfter.seconds), reason: .rateLimited)
        }
        if (200..<300).contains(response.status) { return .delivered(vendorID: answer?.id) }
        return plain(response, now: now, disabling: [401, 403, 404])
    }

    func next(_ delivery: Delivery) throws -> DeliveryStep {
        let known = updates.areWanted ? delivery.memory["message"] : nil
        let thread = updates.areWanted ? delivery.memory["thread"] : nil
        guard let last = delivery.exchanges.last else {
            let edited = updates.edit(delivery.notification) ? known : nil
            let request = try request(delivery.notification, now: delivery.now, message: edited, thread: thread)
            return .send(request, step: edited == nil ? "post" : "update")
        }
        let answer = Answer(last.response)
        if last.step == "update", answer?.isMessageGone == true {
            let request = try request(delivery.notification, now: delivery.now, message: nil, thread: nil)
            return .send(request, step: "post")
        }
        let outcome = outcome(of: last.response, now: delivery.now)
        guard case .delivered = outcome, updates.areWanted else { return .end(outcome, keep: nil) }
        var memory = VendorMemory()
        if delivery.notification.status == .firing {
            memory["message"] = last.step == "update" ? known : answer?.id
            // A post in a forum is a thread of its own.
            memory["thread"] = threadName.isEmpty ? nil : last.step == "update" ? thread : answer?.channel
        }
        return .end(outcome, keep: memory)
    }
}
