import TocsinAlerts
public import TocsinConfiguration
public import TocsinCore
public import TocsinIntegrations
public import TocsinRouting
import TocsinSealing
import TocsinStreams

/// A tenant's configuration, compiled into what the worker needs on the way of an alert.
public struct TenantPlan: Sendable {
    /// One receiver, ready to be notified.
    public struct Receiver: Sendable {
        /// What the tenant wrote.
        public let configuration: ReceiverConfiguration
        /// The vendor's code.
        public let integration: any Integration
        /// What a flush needs to know of it.
        public let flush: FlushReceiver
        /// What it must not be told.
        let messageRules: MaskingPolicy
        /// How fast it may be served.
        let limits: ReceiverLimits
    }

    /// The tenant.
    public let tenant: TenantID
    /// The routes.
    public let tree: RoutingTree
    /// The receivers that are enabled, by id.
    public let receivers: [String: Receiver]
    /// The ids of the receivers that a route's receiver stands for, by its name.
    private let ids: [String: [String]]
    /// Which alerts mute which.
    public let inhibition: InhibitionRules
    /// When routes are muted.
    let timeMuting: TimeMuting
    /// The tenant's share of the workers' turns against other tenants'.
    let weight: Int
    /// The most bytes that are kept of what was decided.
    let trailBytes: Int
    /// After how long an alert without an end counts as resolved.
    public let resolveTimeout: Duration
    /// The address under which notifications say that they were sent from.
    public let externalURL: String

    /// The receivers of a route that are enabled, in its order.
    func flushReceivers(of route: Route) -> [FlushReceiver] {
        route.receivers.flatMap { ids[$0] ?? [] }.compactMap { receivers[$0]?.flush }
    }
}

extension TenantPlan {
    /// Compiles a tenant's configuration.
    ///
    /// Reads the files with the tenant's templates.
    ///
    /// - Parameters:
    ///   - issues: Takes what is wrong with the receivers' settings and with the templates; a receiver with an error is
    ///     left out.
    ///   - zoneFile: Finds the files of time zones that templates name.
    public init(
        _ configuration: TenantConfiguration, externalURL: String, issues: IssueCollector, secrets: SecretSource,
        zoneFile: @escaping ZoneFile = { ZoneFiles.bytes(of: $0) }
    ) {
        tenant = configuration.id
        weight = configuration.weight
        trailBytes = configuration.limits.trailBytes
        resolveTimeout = configuration.resolveTimeout
        self.externalURL = externalURL
        tree = RoutingTree(root: configuration.route)
        inhibition = InhibitionRules(configuration.inhibitRules)
        timeMuting = TimeMuting(configuration.timeIntervals)
        ids = Dictionary(grouping: configuration.receivers, by: \.name).mapValues { $0.map(\.id) }
        let templates = TenantTemplates.read(configuration, issues: issues)
        var receivers: [String: Receiver] = [:]
        for receiver in configuration.receivers where receiver.enabled {
            guard
                let integration = IntegrationRegistry.standard.make(
                    receiver, tenant: configuration.id, issues: issues, environment: secrets, templates: templates,
                    zoneFile: zoneFile)
            else { continue }
            receivers[receiver.id] = Receiver(
                configuration: receiver, integration: integration,
                flush: FlushReceiver(
                    name: receiver.id, sendResolved: receiver.sendResolved && integration.sendsResolved,
                    minimumSeverity: receiver.minSeverity),
                messageRules: MessageRule.policy(of: configuration.messageRules, for: receiver.channelType),
                limits: ReceiverLimits(
                    concurrency: receiver.maxConcurrency, perSecond: receiver.rate?.perSecond ?? 0,
                    burst: receiver.rate?.burst ?? 1))
        }
        self.receivers = receivers
    }
}
