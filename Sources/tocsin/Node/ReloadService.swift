import Logging
import ServiceLifecycle
import TocsinConfiguration
import TocsinCore
import TocsinDispatch
import TocsinStreams

/// Applies each new configuration to the running node.
struct ReloadService: Service {
    let store: ConfigurationStore
    let plans: Plans
    let secrets: SecretSource
    let streams: TenantStreams
    let logger: Logger

    func run() async throws {
        for await configuration in store.changes.cancelOnGracefulShutdown() {
            plans.update(configuration, secrets: secrets)
            for tenant in configuration.tenants.values { streams.setAlgorithm(tenant.algorithm, for: tenant.id) }
            logger.info("the new configuration is in use", metadata: ["tocsin.digest": "\(configuration.digest)"])
        }
        try? await gracefulShutdown()
    }
}
