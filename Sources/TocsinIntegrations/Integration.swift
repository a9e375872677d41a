public import TocsinAlerts
public import TocsinCore

/// How one kind of receiver is spoken with.
///
/// Pure: no I/O and no clock inside.
public protocol Integration: Sendable {
    /// Whether it has a use for alerts that ended.
    var sendsResolved: Bool { get }

    /// The request for a notification.
    ///
    /// - Parameter attempt: From 1.
    /// - Throws: If no request can be made that the vendor would take.
    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest

    /// All requests for a notification, in their order; most often there is one.
    ///
    /// The next is sent only if the vendor took the one before. After a failure all are sent again.
    ///
    /// - Parameter attempt: From 1.
    /// - Throws: As ``request(for:attempt:now:)``.
    func requests(for notification: Notification, attempt: Int, now: Timestamp) throws -> [DeliveryRequest]

    /// What the vendor's answer means.
    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome
}

extension Integration {
    /// Most have.
    public var sendsResolved: Bool { true }

    /// The one request.
    public func requests(
        for notification: Notification, attempt: Int, now: Timestamp
    ) throws -> [DeliveryRequest] {
        [try request(for: notification, attempt: attempt, now: now)]
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
    /// - Parameter disabling: Statuses that last until somebody changes the receiver.
    func plain(_ response: DeliveryResponse, now: Timestamp, disabling: Set<Int> = []) -> DeliveryOutcome {
        if (200..<300).contains(response.status) { return .delivered(vendorID: nil) }
        if disabling.contains(response.status) { return .disable(reason: .status(response.status)) }
        return common(response, now: now) ?? .reject(reason: .status(response.status))
    }
}
