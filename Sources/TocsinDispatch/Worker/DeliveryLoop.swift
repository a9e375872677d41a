import Logging
import ServiceLifecycle
import TocsinCore
import TocsinStreams

/// Claims notifications and delivers them, as many at once as there are slots.
struct DeliveryLoop: Sendable {
    let worker: WorkerID
    let streams: TenantStreams
    let deliverer: Deliverer
    let slots: DeliverySlots
    let signals: ShardSignals
    let alarm: ShardAlarm
    let unclear: UnclearClaims
    let logger: Logger

    /// The most notifications claimed in one call.
    private static let batch = 32

    /// Delivers until the signals are finished, then waits for what is in flight, at most `drainTimeout`.
    func run(drainTimeout: Duration, clock: any WallClock) async {
        await withTaskGroup(of: Void.self) { drain in
            drain.addTask {
                await withDiscardingTaskGroup { group in
                    for await shard in signals.stream {
                        signals.lower(shard)
                        await serve(shard, in: &group)
                    }
                }
            }
            drain.addTask {
                try? await gracefulShutdown()
                try? await clock.sleep(for: drainTimeout)
            }
            await drain.next()
            drain.cancelAll()
        }
        alarm.cancelAll()
    }

    /// Claims from a shard until there is nothing more to claim.
    private func serve(_ shard: Int, in group: inout DiscardingTaskGroup) async {
        while !Task.isCancelled && !Task.isShuttingDownGracefully {
            guard await handBackUnclear() else {
                alarm.set(shard, in: .milliseconds(200))
                return
            }
            let budget = await slots.take(DeliveryLoop.batch)
            guard budget > 0 else { return }
            do {
                let claim = try await streams.claimDeliveries(shard: shard, worker: worker, budget: budget)
                slots.giveBack(budget - claim.deliveries.count)
                for delivery in claim.deliveries {
                    group.addTask {
                        if await !deliverer.deliver(delivery) { unclear.note() }
                        slots.giveBack(1)
                    }
                }
                if claim.deliveries.isEmpty {
                    alarm.set(shard, in: claim.nextIn)
                    return
                }
            } catch {
                unclear.note()
                slots.giveBack(budget)
                logger.warning(
                    "no notifications could be claimed",
                    metadata: [LogKey.shard: "\(shard)", LogKey.error: "\(error)"])
                alarm.set(shard, in: .milliseconds(500))
                return
            }
        }
    }

    /// Hands back what Redis has noted as this worker's and this worker does not know of.
    ///
    /// A claim or a settlement whose answer was lost may have been carried out. Nobody would take over from a worker that
    /// lives, so it gives all back itself, once nothing is under way here.
    private func handBackUnclear() async -> Bool {
        guard unclear.isNoted else { return true }
        guard slots.inFlight == 0 else { return false }
        do {
            try await streams.leave(worker)
            unclear.clear()
            return true
        } catch {
            return false
        }
    }
}
