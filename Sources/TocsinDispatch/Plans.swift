import Synchronization
public import TocsinConfiguration
public import TocsinCore

/// The tenants' compiled configurations, replaced as a whole when the configuration changes.
public final class Plans: Sendable {
    private let current: Mutex<[TenantID: TenantPlan]>

    /// Compiles a configuration.
    public init(_ configuration: TocsinConfiguration, secrets: SecretSource) {
        current = Mutex(Plans.compile(configuration, secrets: secrets).plans)
    }

    /// The plan of a tenant, or `nil` if it is not configured here.
    public subscript(tenant: TenantID) -> TenantPlan? { current.withLock { $0[tenant] } }

    /// All plans.
    public var all: [TenantPlan] { current.withLock { Array($0.values) } }

    /// Replaces all plans.
    public func update(_ configuration: TocsinConfiguration, secrets: SecretSource) {
        let plans = Plans.compile(configuration, secrets: secrets).plans
        current.withLock { $0 = plans }
    }

    /// Compiles every tenant and collects what is wrong with any receiver.
    public static func compile(
        _ configuration: TocsinConfiguration, secrets: SecretSource
    ) -> (plans: [TenantID: TenantPlan], issues: [ConfigurationIssue]) {
        let issues = IssueCollector()
        let plans = configuration.tenants.mapValues {
            TenantPlan($0, externalURL: configuration.server.externalURL, issues: issues, secrets: secrets)
        }
        return (plans, issues.issues)
    }
}
