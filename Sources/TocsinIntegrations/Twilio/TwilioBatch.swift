import TocsinAlerts
import TocsinCore

/// An integration that makes one request for each number.
protocol TwilioBatch: Integration {
    var account: TwilioAccount { get }

    /// Reaches a number.
    func request(to number: String, for delivery: Delivery) throws -> DeliveryRequest

    /// Asks what a number was sent lately; `nil` where no answer could tell.
    func look(at number: String, for delivery: Delivery) -> DeliveryRequest?

    /// Whether that answer holds this notification.
    func isSent(_ response: DeliveryResponse, in delivery: Delivery) throws -> Bool
}

extension TwilioBatch {
    /// Goes through the numbers in their order; what was done is read from the answers.
    ///
    /// An attempt ends with the first failure that may pass, and keeps which numbers are settled.
    func next(_ delivery: Delivery) throws -> DeliveryStep {
        guard delivery.notification.status == .firing || sendsResolved else {
            return .end(.delivered(vendorID: nil), keep: nil)
        }
        var progress = TwilioProgress(delivery)
        var last: String?
        for exchange in delivery.exchanges {
            let number = String(exchange.step.dropFirst(5))
            if exchange.step.hasPrefix("look ") {
                // A list that cannot be had, as with a key that may only send, is no reason not to send.
                if let outcome = common(exchange.response, now: delivery.now) {
                    return .end(outcome, keep: progress.record)
                }
                if try isSent(exchange.response, in: delivery) { progress.reach(number) }
                continue
            }
            switch outcome(of: exchange.response, now: delivery.now) {
            case .delivered(let sid):
                progress.reach(number)
                last = sid
            case .reject(let reason): progress.refuse(number, code: reason.detail)
            case let outcome: return .end(outcome, keep: progress.record)
            }
        }
        guard let number = account.recipients.first(where: { !progress.isDone($0) }) else {
            return end(progress, last: last)
        }
        // Where an attempt's fate is not known, the vendor does.
        if delivery.attempt > 1 || delivery.isUnclear, delivery.answer(to: "look " + number) == nil,
            let request = look(at: number, for: delivery)
        {
            return .send(request, step: "look " + number)
        }
        return .send(try request(to: number, for: delivery), step: "send " + number)
    }

    /// Numbers that refused are told of, and a later attempt reaches only them: the others are kept as settled.
    private func end(_ progress: TwilioProgress, last: String?) -> DeliveryStep {
        guard progress.refused.isEmpty else {
            let count = "\(progress.refused.count) of \(account.recipients.count) numbers"
            return .end(
                .reject(reason: FailureReason("http_400", detail: "\(progress.code), \(count)")), keep: progress.record)
        }
        return .end(.delivered(vendorID: last), keep: VendorMemory())
    }
}
