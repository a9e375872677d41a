public import TocsinAlerts
public import TocsinConfiguration
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

    /// What the vendor's answer means.
    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome
}

extension Integration {
    /// Most have.
    public var sendsResolved: Bool { true }

    /// What is the same for most: 429 and 5xx are worth another attempt, with the vendor's hint.
    func common(_ response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome? {
        let hint = RetryAfter.read(response, now: now)
        switch response.status {
        case 429: return .retry(after: hint, reason: .rateLimited)
        case 408, 425, 500...599: return .retry(after: hint, reason: .status(response.status))
        default: return nil
        }
    }
}

/// All kinds of receivers, by the name that users give in `channel_type`.
public struct IntegrationRegistry: Sendable {
    typealias Make = @Sendable (MappingReader) -> (any Integration)?

    /// The kinds that there are.
    public static let standard = IntegrationRegistry(kinds: [
        "console": { ConsoleIntegration($0) },
        "pagerduty": { PagerDutyIntegration($0) },
        "slack": { SlackIntegration($0) },
        "webhook": { WebhookIntegration($0) },
    ])

    private let kinds: [String: Make]

    /// The names of all kinds.
    public var names: [String] { kinds.keys.sorted() }

    /// Makes the integration of a receiver.
    ///
    /// - Parameters:
    ///   - issues: Takes what is wrong with its settings.
    ///   - environment: What `${NAME}` in them refers to.
    /// - Returns: `nil` if it cannot be used.
    public func make(
        _ receiver: ReceiverConfiguration, tenant: TenantID, issues: IssueCollector, environment: SecretSource
    ) -> (any Integration)? {
        let found = IssueCollector()
        let reader = MappingReader(receiver.config, path: receiver.configPath, issues: found, environment: environment)
        defer { for issue in found.issues { issues.add(issue) } }
        guard let make = kinds[receiver.channelType] else {
            let near = NearestName.find(receiver.channelType, in: names).map { "; did you mean '\($0)'?" } ?? ""
            reader.report(
                "channel_type_unknown",
                "there is no channel_type '\(receiver.channelType)'\(near) Known: \(names.joined(separator: ", "))")
            return nil
        }
        // Read where it is used, by what is the same for every kind.
        _ = reader.node("timeout")
        let integration = make(reader)
        reader.finish()
        return found.hasErrors ? nil : integration
    }
}
