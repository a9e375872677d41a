import Logging
import ServiceLifecycle
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
    let restartsTimers: Bool
    let logger: Logger

    func run() async throws {
        for await configuration in store.changes.cancelOnGracefulShutdown() {
            plans.update(configuration, secrets: secrets)
            for tenant in configuration.tenants.values { streams.setAlgorithm(tenant.algorithm, for: tenant.id) }
            await checkServer(configuration)
            if restartsTimers { await restartTimers(configuration) }
            logger.info("the new configuration is in use", metadata: ["tocsin.digest": "\(configuration.digest)"])
        }
        try? await gracefulShutdown()
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
