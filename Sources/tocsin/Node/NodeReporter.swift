import Logging
import ServiceLifecycle
import TocsinCore
import TocsinDispatch
import TocsinStreams

/// Says every second which node this is and how it is doing, and hears whether somebody wants it to end.
struct NodeReporter: Service {
    let id: String
    let role: String
    let address: String
    let streams: TenantStreams
    let clock: any WallClock
    let drain: DrainSwitch
    let lag: LoopLag
    let load: @Sendable () -> WorkerLoad

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var cpu = ProcessorUse(at: .now)
            while !Task.isCancelled {
                // A report that fails is soon followed by the next; who reads them sees how old they are.
                let isDone = await report(cpu.share(at: .now))
                try? await clock.sleep(for: isDone ? .seconds(1) : .milliseconds(200))
            }
        }
        try? await streams.forget(node: id)
    }

    private func report(_ cpu: Double) async -> Bool {
        let load = load()
        var report = NodeReport(
            id: id, role: role, version: Tocsin.version, address: address, seenAt: clock.now().milliseconds,
            inFlight: load.inFlight)
        report.turns = load.turns
        report.tenants = load.tenants.map(\.name)
        report.cpu = cpu
        report.memoryBytes = ProcessMemory.resident
        report.loopLagMilliseconds = lag.take()
        report.isDraining = drain.isDraining
        guard let isToEnd = try? await streams.report(report) else { return false }
        if isToEnd { drain.request(.mark) }
        return true
    }
}
