import Logging
import ServiceLifecycle
import TocsinAudit
import TocsinConfiguration
import TocsinCore
import TocsinDispatch
import TocsinIngest
import TocsinStreams

/// Applies each new configuration to the running node.
struct ReloadService: Service {
    let store: ConfigurationStore
    let plans: Plans
    let secrets: SecretSource
    let streams: TenantStreams
    let recorder: AuditRecorder
    let issuers: TrustedIssuers
    /// Where files are looked for that the configuration names without a directory.
    let directory: String
    /// The digest of the configuration that the node has started with.
    let digest: String
    let restartsTimers: Bool
    let logger: Logger

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { await cancelWhenGracefulShutdown { await noteStart() } }
            try await follow()
            group.cancelAll()
        }
    }

    /// Records with what the node has started, once there is a server to record it.
    private func noteStart() async {
        while !streams.isConnected || !streams.isApproved {
            guard (try? await Task.sleep(for: .milliseconds(100))) != nil else { return }
        }
        await recorder.note(
            AuditEvent(.configurationLoad, on: "configuration", by: .node, after: digest), in: .deployment,
            logger: logger)
    }

    private func follow() async throws {
        var digest = digest
        for await configuration in store.changes.cancelOnGracefulShutdown() {
            plans.update(configuration, secrets: secrets)
            for tenant in configuration.tenants.values { streams.setAlgorithm(tenant.algorithm, for: tenant.id) }
            await believe(configuration)
            await recorder.note(
                AuditEvent(
                    .configurationLoad, on: "configuration", by: .node, before: digest, after: configuration.digest),
                in: .deployment, logger: logger)
            digest = configuration.digest
            await checkServer(configuration)
            if restartsTimers { await restartTimers(configuration) }
            logger.info("the new configuration is in use", metadata: ["tocsin.digest": "\(configuration.digest)"])
        }
        try? await gracefulShutdown()
    }

    /// Whose tokens are believed; if that cannot be found out it stays as it was.
    private func believe(_ configuration: TocsinConfiguration) async {
        do {
            issuers.update(
                try await IssuerLoading.load(
                    configuration.server.ingest.jwt, directory: directory, logger: logger))
        } catch {
            logger.error(
                "the issuers of tokens are as they were: the new ones cannot be used",
                metadata: [LogKey.error: "\(error)"])
        }
    }

    private func restartTimers(_ configuration: TocsinConfiguration) async {
        do {
            for tenant in configuration.tenants.keys { try await streams.restartTimers(of: tenant) }
        } catch {
            logger.warning("the groups' intervals could not be started again", metadata: [LogKey.error: "\(error)"])
        }
    }

    /// A tenant may ask for more durability than the server gives: then its alerts are refused, not half kept.
    private func checkServer(_ configuration: TocsinConfiguration) async {
        do {
            for finding in try await streams.checkServer(configuration.needs) {
                logger.log(
                    level: finding.isFatal ? .critical : .warning, "a setting of the Redis server is dangerous",
                    metadata: [LogKey.code: "\(finding.code)", LogKey.issue: "\(finding.message)"])
            }
        } catch {
            logger.warning("the Redis server could not be checked", metadata: [LogKey.error: "\(error)"])
        }
    }
}
