import Synchronization
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIdentity
import TocsinRouting
import TocsinSealing
import TocsinStreams

/// What the door needs to know of one tenant.
struct TenantDoor: Sendable {
    /// A receiver, as far as the door speaks of it.
    struct Receiver: Sendable {
        let id: String
        let channelType: String
        let enabled: Bool
    }

    let tenant: TenantID
    let policy: AdmissionPolicy
    let durability: Durability
    let limits: AlertLimits
    let alerts: IngestMetrics.Alerts
    let tree: RoutingTree
    let inhibition: InhibitionRules
    let timeMuting: TimeMuting
    let receiverNames: [String]
    /// All receivers, each integration of an Alertmanager's by itself.
    let receivers: [Receiver]
    /// What is taken out of alerts before they are kept.
    let masking: MaskingPolicy
    /// What is allowed only to who shows a token and a certificate.
    let twoCredentials: Set<Permission>
    /// The most silences that it may have; 0 for no limit.
    let mostSilences: Int
    /// Its configuration in the form of Alertmanager's file, for clients that read that.
    let alertmanagerText: String
}

/// A configuration, compiled for the way of a request.
final class IngestPlan: Sendable {
    let resolution: TenantResolution
    /// Who is known by a certificate.
    let certificates: ClientCertificates
    let doors: [TenantID: TenantDoor]
    /// Receivers of all tenants that are enabled.
    let activeIntegrations: Int

    init(_ configuration: TocsinConfiguration, metrics: IngestMetrics) {
        let server = configuration.server.ingest
        var doors: [TenantID: TenantDoor] = [:]
        for tenant in configuration.tenants.values {
            doors[tenant.id] = TenantDoor(
                tenant: tenant.id, policy: AdmissionPolicy(tenant), durability: tenant.durability,
                limits: tenant.limits.alerts,
                alerts: metrics.alerts(of: tenant.id), tree: RoutingTree(root: tenant.route),
                inhibition: InhibitionRules(tenant.inhibitRules), timeMuting: TimeMuting(tenant.timeIntervals),
                receiverNames: tenant.receiverNames,
                receivers: tenant.receivers.map {
                    TenantDoor.Receiver(id: $0.id, channelType: $0.channelType, enabled: $0.enabled)
                }, masking: tenant.masking, twoCredentials: tenant.twoCredentials,
                mostSilences: tenant.limits.silences,
                alertmanagerText: tenant.alertmanagerText ?? AlertmanagerText.text(of: tenant))
        }
        let known = doors
        self.doors = doors
        certificates = ClientCertificates(server.clientCertificates)
        resolution = TenantResolution(
            policy: TenantPolicy(
                requireToken: server.requireToken, trustScopeHeader: server.trustScopeHeader,
                defaultTenant: server.defaultTenant, knownTenant: { known[$0] != nil }))
        activeIntegrations = configuration.tenants.values.reduce(0) { sum, tenant in
            sum + tenant.receivers.count(where: \.enabled)
        }
    }
}

/// The plan in use, replaced as a whole when the configuration changes.
final class IngestPlans: Sendable {
    private let metrics: IngestMetrics
    private let plan: Mutex<IngestPlan>

    init(_ configuration: TocsinConfiguration, metrics: IngestMetrics) {
        self.metrics = metrics
        plan = Mutex(IngestPlan(configuration, metrics: metrics))
    }

    var current: IngestPlan { plan.withLock { $0 } }

    func update(_ configuration: TocsinConfiguration) {
        let new = IngestPlan(configuration, metrics: metrics)
        plan.withLock { $0 = new }
    }
}

extension AdmissionPolicy {
    fileprivate init(_ tenant: TenantConfiguration) {
        self.init(
            weight: tenant.weight, queuedAlerts: tenant.limits.queuedAlerts,
            alertsPerSecond: tenant.limits.alertsPerSecond, burst: tenant.limits.burst)
    }
}
