import ServiceLifecycle
import TocsinCore
import TocsinStreams

/// Says every two seconds which node this is and what it does, for `tocsin status`.
struct NodeReporter: Service {
    let id: String
    let role: String
    let streams: TenantStreams
    let clock: any WallClock
    let inFlight: @Sendable () -> Int

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // A report that fails is followed by the next; who reads them sees how old they are.
                try? await streams.report(
                    NodeReport(
                        id: id, role: role, version: Tocsin.version, seenAt: clock.now().milliseconds,
                        inFlight: inFlight()))
                try? await clock.sleep(for: .seconds(2))
            }
        }
        try? await streams.forget(node: id)
    }
}
