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
                guard let old = try await streams.keyDue(of: tenant, olderThan: age) else { continue }
                let event = AuditEvent(.keyRotate, on: "key", by: .node)
                let version = try await recorder.around(event, in: tenant) {
                    let version = try await streams.rotateKey(of: tenant, algorithm: algorithm, replacing: old)
                    return (version, AuditChange(object: "key/\(version)"))
                }
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
            for var report in try await streams.reseal(tenants.map(\.id), idleAfter: age) where age > .zero {
                try await streams.destroyKeys(&report, recorder: recorder, by: .node)
                guard !report.destroyedKeys.isEmpty else { continue }
                logger.notice(
                    "keys that nothing needs were destroyed",
                    metadata: [LogKey.tenant: "\(report.tenant)", "tocsin.keys": "\(report.destroyedKeys)"])
            }
        } catch is CancellationError {
            return
        } catch {
            logger.warning(
                "records could not be sealed anew; it is tried again", metadata: [LogKey.error: "\(error)"])
        }
    }
}

extension TenantStreams {
    /// Destroys the keys that nothing needs any more, which is recorded before it is done.
    func destroyKeys(_ report: inout ResealReport, recorder: AuditRecorder, by actor: AuditActor) async throws {
        let idle = report.idleKeys
        let owner = report.tenant == TenantID.deployment.name ? .deployment : TenantID(report.tenant)
        guard !idle.isEmpty, let owner else { return }
        let event = AuditEvent(
            .keyDestroy, on: "key/" + idle.map(String.init).joined(separator: ","), by: actor,
            facts: [.init("resealed", String(report.resealed))])
        try await recorder.around(event, in: owner) {
            (try await destroyKeys(idle, of: owner), AuditChange())
        }
        report.destroyedKeys = idle
    }
}
