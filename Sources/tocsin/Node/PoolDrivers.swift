import Foundation
import Logging
import ServiceLifecycle
import TocsinAutoscaler
import TocsinConfiguration
import TocsinCore

/// Makes drivers from a configuration.
struct PoolDrivers {
    /// A driver, and what has to run for it to work.
    typealias Made = (pool: any PoolDriver, keeper: (any Service)?)

    let configuration: TocsinConfiguration
    let worker: ProcessDriver.Settings
    let minimum: Int
    let clock: any WallClock
    let logger: Logger

    func make(_ kind: DriverKind) throws -> Made {
        switch kind {
        case .none: return (NoDriver(size: minimum), nil)
        case .process:
            let driver = ProcessDriver(worker, clock: clock, logger: logger)
            return (driver, driver)
        case .kubernetes:
            let driver = try kubernetes(configuration.server.autoscaler.kubernetes)
            return (driver, driver)
        case .container:
            let driver = try container(configuration.server.autoscaler.container)
            return (driver, driver)
        }
    }

    /// Lends a driver to a task that is over soon.
    static func withDriver<Value: Sendable>(
        _ made: Made, _ body: (any PoolDriver) async throws -> Value
    ) async throws -> Value {
        guard let keeper = made.keeper else { return try await body(made.pool) }
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: keeper)], logger: Logger(label: "quiet") { _ in SwiftLogNoOpLogHandler() }))
        return try await withThrowingTaskGroup(of: Void.self) { tasks in
            tasks.addTask { try await group.run() }
            let result: Result<Value, any Error>
            do { result = .success(try await body(made.pool)) } catch { result = .failure(error) }
            await group.triggerGracefulShutdown()
            try await tasks.waitForAll()
            return try result.get()
        }
    }

    private func kubernetes(_ settings: KubernetesPool) throws -> KubernetesDriver {
        let access =
            try settings.kubeconfig.map { try KubernetesAccess.kubeconfig($0, context: settings.context) }
            ?? KubernetesAccess.inCluster(environment: ProcessInfo.processInfo.environment)
        return try KubernetesDriver(
            deployment: settings.deployment, namespace: settings.namespace, access: access, clock: clock)
    }

    private func container(_ settings: ContainerPoolSettings?) throws -> ContainerDriver {
        guard let settings else {
            throw CommandError(
                code: "setting_missing",
                message: "the driver container needs autoscaler.container.image in the configuration",
                exitCode: .configuration)
        }
        return ContainerDriver(
            .init(
                socket: settings.socket, pool: settings.pool,
                template: ContainerTemplate(
                    image: settings.image, command: settings.command, network: settings.network,
                    volumes: settings.volumes, user: settings.user, memoryBytes: settings.memoryBytes),
                drainTimeout: configuration.server.worker.drainTimeout + .seconds(10)), clock: clock, logger: logger)
    }
}
