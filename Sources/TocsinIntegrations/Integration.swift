public import TocsinAlerts
public import TocsinCore

/// One kind of receiver: how a notification becomes requests, and what answers mean.
///
/// Pure: no I/O and no clock inside. An integration that sends one request implements
/// ``request(for:attempt:now:)`` and ``outcome(of:now:)``; one that looks something up first, updates what it sent before or
/// sends several requests implements ``next(_:)`` as well.
public protocol Integration: Sendable {
    /// Whether the vendor is told of alerts that ended.
    var sendsResolved: Bool { get }

    /// The request that tells of a notification.
    ///
    /// - Parameter attempt: The attempt's number, from 1.
    /// - Throws: If no request can be made that the vendor would take.
    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest

    /// What the vendor's answer to that request means.
    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome

    /// What is to be done next, after what was asked and answered in this attempt.
    ///
    /// Asked first without any answer, then after each one, until it ends the attempt; a request that got no answer ends
    /// it as well.
    /// - Throws: If no request can be made that the vendor would take.
    func next(_ delivery: Delivery) throws -> DeliveryStep
}

extension Integration {
    /// Most have.
    public var sendsResolved: Bool { true }

    /// The one request, and what its answer means.
    public func next(_ delivery: Delivery) throws -> DeliveryStep {
        guard let response = delivery.exchanges.last?.response else {
            return .send(
                try request(for: delivery.notification, attempt: delivery.attempt, now: delivery.now), step: "send")
        }
        return .end(outcome(of: response, now: delivery.now), keep: nil)
    }

    /// What is the same for most: 429 and 5xx are worth another attempt, with the vendor's hint.
    func common(_ response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome? {
        let hint = RetryAfter.read(response, now: now)
        switch response.status {
        case 429: return .retry(after: hint, reason: .rateLimited)
        case 408, 425, 500...599: return .retry(after: hint, reason: .status(response.status))
        default: return nil
        }
    }

    /// Any 2xx is success, and what is worth no other attempt is refused for good.
    ///
    /// - Parameters:
    ///   - disabling: Statuses that last until somebody changes the receiver.
    ///   - authentication: Statuses that say that the credentials are not taken.
    func plain(
        _ response: DeliveryResponse, now: Timestamp, disabling: Set<Int> = [], authentication: Set<Int> = []
    ) -> DeliveryOutcome {
        if (200..<300).contains(response.status) { return .delivered(vendorID: nil) }
        if disabling.contains(response.status) { return .disable(reason: .status(response.status)) }
        if authentication.contains(response.status) { return .reauthenticate(reason: .status(response.status)) }
        return common(response, now: now) ?? .reject(reason: .status(response.status))
    }
}
