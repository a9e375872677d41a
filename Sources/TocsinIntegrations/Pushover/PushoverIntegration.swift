import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Sends messages to phones over Pushover; those of emergency priority ring until somebody answers or all has ended.
///
/// Settings: `user_key`, `token`, `retry`, `expire`, `ttl`, `device`, and the texts of Alertmanager's.
///
/// Sources: <https://pushover.net/api>, <https://pushover.net/api/receipts>; Alertmanager 0.25,
/// `notify/pushover/pushover.go`, and 0.34 for `device`, `ttl` and `monospace`.
struct PushoverIntegration: Integration {
    private static let base = Secret("https://api.pushover.net/1")
    /// The vendor asks for at least this patience with a server that fails.
    private static let patience = Duration.seconds(5)

    private let user: MessageTemplate
    private let token: MessageTemplate
    private let message: PushoverMessage
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        http = HTTPSettings(context.reader)
        zoneFile = context.zoneFile
        message = PushoverMessage(context)
        let user = context.secretTemplate("user_key")
        guard let token = context.secretTemplate("token"), let user else { return nil }
        self.user = user
        self.token = token
    }

    func request(
        for notification: TocsinAlerts.Notification, attempt: Int, now: Timestamp
    ) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let user = try render(user)
        return try request(
            "messages.json", members: message.members(notification, render) + [("user", user)], secret: user, render)
    }

    /// Calls off what rings: by tag all that the group has, else what the receipt is of.
    private func cancellation(of receipt: String, tag: String?, _ delivery: Delivery) throws -> DeliveryRequest {
        let render = MessageRenderer(delivery.notification, now: delivery.now, zoneFile: zoneFile)
        let path = tag.map { "receipts/cancel_by_tag/\($0).json" } ?? "receipts/\(receipt)/cancel.json"
        return try request(path, members: [], secret: receipt, render)
    }

    private func request(
        _ path: String, members: [(String, String)], secret: String, _ render: MessageRenderer
    ) throws -> DeliveryRequest {
        let token = try render(token)
        let type = DeliveryRequest.Header(
            "Content-Type", Secret("application/x-www-form-urlencoded"), isSecret: false)
        var request = http.request(
            to: URLEscaping.append(path, to: PushoverIntegration.base), headers: [type],
            body: Array(URLEscaping.form(members + [("token", token)]).utf8),
            secrets: [secret, token, URLEscaping.query(secret), URLEscaping.query(token)].map { Secret($0) })
        // The vendor takes two connections at once.
        request.paces = [Pace("pushover/" + token, perSecond: 2, burst: 2)]
        return request
    }

    func next(_ delivery: Delivery) throws -> DeliveryStep {
        let isOver = delivery.notification.status == .resolved
        let ringing = delivery.memory["receipt"]
        let cancelled = delivery.answer(to: "cancel")
        if isOver, let ringing, cancelled == nil {
            let tag = message.tag(delivery.notification)
            return .send(try cancellation(of: ringing, tag: tag, delivery), step: "cancel")
        }
        guard let sent = delivery.answer(to: "send") else {
            // What cannot be called off any more does not ring; a server that fails is asked again.
            if let cancelled, case .retry = outcome(of: cancelled, now: delivery.now) {
                return .end(outcome(of: cancelled, now: delivery.now), keep: nil)
            }
            return .send(
                try request(for: delivery.notification, attempt: delivery.attempt, now: delivery.now), step: "send")
        }
        let outcome = outcome(of: sent, now: delivery.now)
        guard case .delivered = outcome else { return .end(outcome, keep: nil) }
        let receipt = PushoverIntegration.read(sent)?.receipt.flatMap(PushoverIntegration.checked)
        if receipt != nil, let ringing, cancelled == nil {
            // One alarm at a time: the new one rings already.
            return .send(try cancellation(of: ringing, tag: nil, delivery), step: "cancel")
        }
        return .end(outcome, keep: memory(receipt, ringing, isOver: isOver))
    }

    private func memory(_ receipt: String?, _ ringing: String?, isOver: Bool) -> VendorMemory? {
        guard receipt != nil || ringing != nil else { return nil }
        var memory = VendorMemory()
        // Somebody may have chosen that the end rings as well.
        memory["receipt"] = isOver ? nil : receipt ?? ringing
        return memory
    }

    private struct Answer: Decodable {
        let status: Int
        let request: String?
        let receipt: String?
    }

    private static func read(_ response: DeliveryResponse) -> Answer? {
        try? JSONDecoder().decode(Answer.self, from: Data(response.body))
    }

    /// A receipt becomes a part of an address.
    private static func checked(_ receipt: String) -> String? {
        let isPlain = receipt.utf8.count <= 64 && receipt.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber) }
        return isPlain && !receipt.isEmpty ? receipt : nil
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        // Says that the month's messages are used up, which no retry changes.
        if response.status == 429 { return .reject(reason: .rateLimited) }
        if (200..<300).contains(response.status) {
            let answer = PushoverIntegration.read(response)
            return answer?.status == 0
                ? .reject(reason: .vendorRefused) : .delivered(vendorID: answer?.receipt ?? answer?.request)
        }
        guard case .retry(let hint, let reason) = plain(response, now: now) else { return plain(response, now: now) }
        return .retry(after: max(hint ?? .zero, PushoverIntegration.patience), reason: reason)
    }
}
