import Metrics
import ServiceLifecycle
import TocsinAudit
import TocsinConfiguration
import TocsinCore
import TocsinStreams
import TocsinTelemetry

extension Node {
    /// What puts entries into the audit logs' trees, and what watches that others do it well.
    func audit(
        id: String, store: ConfigurationStore, streams: TenantStreams, registry: MetricsRegistry, clock: any WallClock
    ) -> [any Service] {
        let logs: @Sendable () -> [TenantID] = { store.current.tenants.keys + [.deployment] }
        // Beside an embedded server there is a disk, where nothing need be lost.
        let beside = deployment.embedded.map { $0.directory.path + "/audit" }
        var services: [any Service] = [
            AuditSequencer(
                streams: streams, id: id, logs: logs,
                retention: {
                    let audit = store.current.server.audit
                    return AuditRetention(
                        age: audit.keep, mostEntries: UInt64(audit.mostEntries), archive: audit.archive ?? beside)
                }, clock: clock,
                logger: logger)
        ]
        let settings = configuration.server.audit
        guard let file = settings.witnessFile ?? deployment.embedded.map({ $0.directory.path + "/witness.json" }) else {
            return services
        }
        registry.describe("tocsin_audit_troubles_total", help: "Looks at an audit log that was not what it had been.")
        let troubles = Counter(label: "tocsin_audit_troubles_total", factory: registry)
        services.append(
            AuditWitness(
                streams: streams, name: settings.witnessName ?? HostName.own, file: file, logs: logs, clock: clock,
                logger: logger, onTrouble: { troubles.increment() }))
        return services
    }
}
