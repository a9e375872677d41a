import TocsinAlerts
import TocsinCore

/// An integration that sends events, several in a request where the vendor takes that.
protocol EventSender: Integration {
    /// The events of a notification, those of one request together.
    ///
    /// - Throws: ``AlertEvents/TooLarge``, or what rendering throws.
    func batches(of notification: Notification, now: Timestamp) throws -> [[AlertEvent]]

    /// The request with some events.
    func request(
        with events: [AlertEvent], of notification: Notification, now: Timestamp
    ) throws -> DeliveryRequest
}

extension EventSender {
    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        try request(with: batches(of: notification, now: now).first ?? [], of: notification, now: now)
    }

    /// One request after the other, until all events are told.
    func next(_ delivery: Delivery) throws -> DeliveryStep {
        let batches: [[AlertEvent]]
        do {
            batches = try self.batches(of: delivery.notification, now: delivery.now)
        } catch is AlertEvents.TooLarge {
            return .end(.split(reason: FailureReason("too_large")), keep: nil)
        }
        let told = delivery.exchanges.count
        if let last = delivery.exchanges.last {
            let outcome = outcome(of: last.response, now: delivery.now)
            guard case .delivered = outcome, told < batches.count else { return .end(outcome, keep: nil) }
        }
        guard told < batches.count else { return .end(.delivered(vendorID: nil), keep: nil) }
        return .send(try request(with: batches[told], of: delivery.notification, now: delivery.now), step: "send")
    }
}

extension [AlertEvent] {
    /// The events in their order, in as few parts as a vendor's limits allow.
    ///
    /// - Parameters:
    ///   - count: The most events of a part.
    ///   - bytes: The most bytes of a part.
    ///   - size: How many bytes an event takes.
    func parts(count: Int, bytes: Int, size: (AlertEvent) -> Int) -> [[AlertEvent]] {
        var parts: [[AlertEvent]] = []
        var used = 0
        for event in self {
            let size = size(event)
            if let last = parts.last, last.count < count, used + size <= bytes {
                parts[parts.count - 1].append(event)
                used += size
            } else {
                parts.append([event])
                used = size
            }
        }
        return parts
    }
}
