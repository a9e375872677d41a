import ServiceLifecycle
import TocsinCore
import TocsinStreams

/// Says every two seconds which node this is and what it does, for `tocsin status`.
struct NodeReporter: Service {
    let id: String
    let role: String
    let address: String
    let streams: TenantStreams
    let clock: any WallClock
    let inFlight: @Sendable () -> Int

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // A report that fails is soon followed by the next; who reads them sees how old they are.
                let isDone = await report()
                try? await clock.sleep(for: isDone ? .seconds(2) : .milliseconds(200))
            }
        }
        try? await streams.forget(node: id)
    }

    private func report() async -> Bool {
        let report = NodeReport(
            id: id, role: role, version: Tocsin.version, address: address, seenAt: clock.now().milliseconds,
            inFlight: inFlight())
        return (try? await streams.report(report)) != nil
    }
}
