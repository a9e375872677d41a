import Logging
import ServiceLifecycle
import TocsinAudit
import TocsinConfiguration
import TocsinCore
import TocsinSealing
import TocsinStreams

/// Looks after the tenants' sealing keys: counts how often they seal, replaces them when they are old or worn, seals what is
/// under old ones anew, and destroys those that nothing needs.
///
/// Every node looks now and then; of those that look at once, one works.
struct KeyRotation: Service {
    private static let longestPause = Duration.seconds(3600)
    private static let countingPause = Duration.seconds(60)

    let id: String
    let store: ConfigurationStore
    let streams: TenantStreams
    let recorder: AuditRecorder
    let clock: any WallClock
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var looked = clock.now()
            while !Task.isCancelled {
                let server = store.current.server
                let ages = [server.rotateKeysAfter, server.retireKeysAfter].filter { $0 > .zero }
                let pause = min(Self.longestPause, ages.min() ?? Self.longestPause)
                try? await clock.sleep(for: min(pause, Self.countingPause))
                guard !Task.isCancelled else { return }
                try? await streams.noteKeyUses()
                guard clock.now() - looked >= pause else { continue }
                looked = clock.now()
                await rotate()
                await reseal()
            }
        }
        // What is cancelled cannot ask any more.
        await Task { try? await streams.noteKeyUses() }.value
    }

    private var tenants: [(id: TenantID, algorithm: SealingAlgorithm)] {
        store.current.tenants.values.map { ($0.id, $0.algorithm) } + [(TenantID.deployment, .aes256GCM)]
    }

    private func rotate() async {
        let age = store.current.server.rotateKeysAfter
        for (tenant, algorithm) in tenants {
            do {
                let version = try await streams.rotateKey(of: tenant, algorithm: algorithm, olderThan: age)
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

    private func reseal() async {
        let age = store.current.server.retireKeysAfter
        do {
            guard try await streams.leadReseal(id, for: .seconds(600)) else { return }
            let reports = try await streams.reseal(tenants.map(\.id), destroyingAfter: age > .zero ? age : nil)
            for report in reports where !report.destroyedKeys.isEmpty {
                let log = report.tenant == TenantID.deployment.name ? .deployment : TenantID(report.tenant)
                guard let log else { continue }
                await recorder.note(AuditEvent(report), in: log, logger: logger)
                logger.notice(
                    "keys that nothing needs were destroyed",
                    metadata: [LogKey.tenant: "\(log)", "tocsin.keys": "\(report.destroyedKeys)"])
            }
        } catch is CancellationError {
            return
        } catch {
            logger.warning(
                "records could not be sealed anew; it is tried again", metadata: [LogKey.error: "\(error)"])
        }
    }
}

extension AuditEvent {
    /// Keys that nothing needs were destroyed.
    init(_ report: ResealReport, by actor: AuditActor = .node) {
        self.init(
            .keyDestroy, on: "key/" + report.destroyedKeys.map(String.init).joined(separator: ","), by: actor,
            facts: [.init("resealed", String(report.resealed))])
    }
}
