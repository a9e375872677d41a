import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Posts messages to Slack, over an incoming webhook or, with a token and a channel, over the Web API.
///
/// Messages have a form of their own, or that of Alertmanager where one of its texts is set. Over the Web API later
/// notifications change the message, or answer it in its thread.
///
/// Sources: <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>,
/// <https://docs.slack.dev/reference/methods/chat.postMessage>, <https://docs.slack.dev/reference/methods/chat.update> and
/// <https://docs.slack.dev/apis/web-api/rate-limits>.
struct SlackIntegration: Integration {
    private enum Format: Sendable {
        case native(SlackMessage)
        case templates(SlackAttachment)
    }

    private let door: SlackDoor
    private let format: Format
    private let channel: MessageTemplate
    private let channelByLabel: LabelChoice?
    private let mentionByLabel: LabelChoice?
    private let updates: MessageUpdates
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        let isTemplated = SlackAttachment.isWanted(context)
        format =
            isTemplated
            ? .templates(SlackAttachment(context))
            : .native(SlackMessage(username: reader.string("username"), iconEmoji: reader.string("icon_emoji")))
        channel = context.text("channel")
        channelByLabel = LabelChoice("channel_by_label", in: reader)
        mentionByLabel = LabelChoice("mention_by_label", in: reader)
        updates = MessageUpdates(reader, byDefault: !isTemplated)
        guard let door = SlackDoor(context) else { return nil }
        self.door = door
        guard !door.isAPI else { return }
        if channelByLabel != nil {
            reader.report(
                "setting_ignored", "'channel_by_label' has no effect: a webhook has one channel, use 'token'",
                name: "channel_by_label", severity: .warning)
        }
        for name in ["update_message", "post_updates_to_thread"] {
            context.ignore(name, because: "a webhook does not tell where its messages are, use 'token'")
        }
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        return try request(notification, to: .channel(try asked(notification, render)), render)
    }

    private func request(
        _ notification: TocsinAlerts.Notification, to target: SlackTarget, _ render: MessageRenderer
    ) throws -> DeliveryRequest {
        // Nobody is called for what has ended.
        let value = notification.status == .firing ? mentionByLabel?.choose(for: notification) : nil
        let mention = value.map(SlackIntegration.mention)
        let body: [UInt8]
        switch format {
        case .native(let message):
            var target = target
            if case .channel = target, !door.isAPI { target = .channel(nil) }
            body = message.encode(AlertMessage(notification), to: target, mention: mention)
        case .templates(let attachment): body = try attachment.encode(render, to: target, mention: mention)
        }
        let address = door.address(of: target.method)
        var request = http.request(
            to: address, headers: door.headers, body: body, secrets: door.token.map { [$0] } ?? [])
        request.paces = [door.pace(channel: try asked(notification, render))]
        return request
    }

    /// The channel that is asked for.
    private func asked(_ notification: TocsinAlerts.Notification, _ render: MessageRenderer) throws -> String? {
        let chosen = door.isAPI ? channelByLabel?.choose(for: notification) : nil
        let name = try chosen ?? render(channel)
        return name.isEmpty ? nil : name
    }

    /// `U012AB3CD`, `S012AB3CD`, `here`, or what is in angle brackets already.
    private static func mention(_ value: String) -> String {
        switch value.first {
        case "<": value
        case "U", "W": "<@\(value)>"
        case "S": "<!subteam^\(value)>"
        default: "<!\(value)>"
        }
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        if let common = common(response, now: now) { return common }
        return SlackAnswer(response).outcome(isAPI: door.isAPI, hint: RetryAfter.read(response, now: now))
    }

    func next(_ delivery: Delivery) throws -> DeliveryStep {
        let render = MessageRenderer(delivery.notification, now: delivery.now, zoneFile: zoneFile)
        let asked = try asked(delivery.notification, render)
        func send(_ target: SlackTarget, _ step: String) throws -> DeliveryStep {
            .send(try request(delivery.notification, to: target, render), step: step)
        }
        let known = place(in: delivery.memory, asked: asked)
        guard let last = delivery.exchanges.last else {
            guard let known else { return try send(.channel(asked), "post") }
            if updates.edit(delivery.notification) { return try send(.message(known), "update") }
            return try updates.repliesInThread ? send(.thread(known), "reply") : send(.channel(asked), "post")
        }
        let outcome = outcome(of: last.response, now: delivery.now)
        let posted = delivery.answer(to: "post").flatMap { SlackAnswer($0).place }
        if last.step == "reply", let posted {
            // The message is there, whatever became of its copy.
            return .end(.delivered(vendorID: posted.vendorID), keep: memory(of: posted, asked: asked, delivery))
        }
        if case .delivered = outcome {
            if last.step == "update", updates.repliesInThread, let known { return try send(.thread(known), "reply") }
            if last.step == "post", updates.copyToThread, let posted { return try send(.thread(posted), "reply") }
            return .end(outcome, keep: memory(of: posted ?? known, asked: asked, delivery))
        }
        if last.step != "post", SlackAnswer(last.response).isMessageGone { return try send(.channel(asked), "post") }
        return .end(outcome, keep: nil)
    }

    private func place(in memory: VendorMemory, asked: String?) -> SlackPlace? {
        guard door.isAPI, updates.areWanted, memory["asked"] == asked else { return nil }
        return SlackPlace(channel: memory["channel"], ts: memory["ts"])
    }

    /// What is to be known later: nothing once all has ended, since what fires then is another matter.
    private func memory(of place: SlackPlace?, asked: String?, _ delivery: Delivery) -> VendorMemory? {
        guard door.isAPI, updates.areWanted else { return nil }
        var memory = VendorMemory()
        guard let place, delivery.notification.status == .firing else { return memory }
        memory["asked"] = asked
        memory["channel"] = place.channel
        memory["ts"] = place.ts
        return memory
    }
}
