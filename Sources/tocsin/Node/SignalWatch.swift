import Foundation
import Logging
import ServiceLifecycle
import TocsinCore
import UnixSignals

/// Runs the services; the first SIGTERM or SIGINT drains them, a second one ends the process at once.
struct SignalWatch {
    let group: ServiceGroup
    let drain: DrainSwitch
    /// How long the node goes on as if nothing were, but says to balancers that it is not ready.
    let shutdownDelay: Duration
    let clock: any WallClock
    let logger: Logger
    /// Reads the configuration again: what SIGHUP asks for.
    let reload: @Sendable () -> Void

    func run() async throws {
        let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint, .sighup)
        try await withThrowingTaskGroup(of: Bool.self) { tasks in
            tasks.addTask {
                try await group.run()
                return true
            }
            tasks.addTask {
                await hear(signals)
                return false
            }
            tasks.addTask {
                for await reason in drain.requests {
                    logger.info("draining", metadata: ["tocsin.reason": "\(reason.rawValue)"])
                    if shutdownDelay > .zero { try? await clock.sleep(for: shutdownDelay) }
                    await group.triggerGracefulShutdown()
                }
                return false
            }
            while let isGroup = try await tasks.next() {
                if isGroup { break }
            }
            tasks.cancelAll()
        }
    }

    private func hear(_ signals: UnixSignalsSequence) async {
        var count = 0
        for await signal in signals {
            if signal == .sighup {
                reload()
                continue
            }
            count += 1
            if count > 1 {
                logger.warning("second signal: ending at once", metadata: ["tocsin.signal": "\(signal)"])
                // What is held is taken over by other workers, or by this one at its next start.
                exit(128 + (signal == .sigint ? 2 : 15))
            }
            drain.request(.signal)
        }
    }
}
