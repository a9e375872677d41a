import Logging
import ServiceLifecycle
import TocsinAudit
import TocsinConfiguration
import TocsinCore
import TocsinSealing
import TocsinStreams

/// Replaces the tenants' sealing keys when they are old.
///
/// Every node looks now and then; of those that look at once, one rotates.
struct KeyRotation: Service {
    private static let longestPause = Duration.seconds(3600)

    let store: ConfigurationStore
    let streams: TenantStreams
    let recorder: AuditRecorder
    let clock: any WallClock
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                let age = store.current.server.rotateKeysAfter
                try? await clock.sleep(for: age > .zero ? min(Self.longestPause, age) : Self.longestPause)
                guard !Task.isCancelled else { return }
                await rotate()
            }
        }
    }

    private func rotate() async {
        let configuration = store.current
        guard configuration.server.rotateKeysAfter > .zero else { return }
        let tenants = configuration.tenants.values.map { ($0.id, $0.algorithm) } + [(TenantID.deployment, .aes256GCM)]
        for (tenant, algorithm) in tenants {
            do {
                let version = try await streams.rotateKey(
                    of: tenant, algorithm: algorithm, olderThan: configuration.server.rotateKeysAfter)
                guard let version else { continue }
                await recorder.note(
                    AuditEvent(.keyRotate, on: "key/\(version)", by: .node), in: tenant, logger: logger)
                logger.notice(
                    "a tenant's key has been replaced",
                    metadata: [LogKey.tenant: "\(tenant)", LogKey.code: "key_\(version)"])
            } catch let error as StreamsError where error == .rotationUnderWay {
                return
            } catch is CancellationError {
                return
            } catch {
                logger.warning(
                    "a tenant's key could not be replaced; it is tried again",
                    metadata: [LogKey.tenant: "\(tenant)", LogKey.error: "\(error)"])
            }
        }
    }
}
