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
            let budget = await slots.take(DeliveryLoop.batch)
            guard budget > 0 else { return }
            do {
                let claim = try await streams.claimDeliveries(shard: shard, worker: worker, budget: budget)
                slots.giveBack(budget - claim.deliveries.count)
                for delivery in claim.deliveries {
                    group.addTask {
                        await deliverer.deliver(delivery)
                        slots.giveBack(1)
                    }
                }
                if claim.deliveries.isEmpty {
                    alarm.set(shard, in: claim.nextIn)
                    return
                }
            } catch {
                slots.giveBack(budget)
                logger.warning(
                    "no notifications could be claimed",
                    metadata: [LogKey.shard: "\(shard)", LogKey.error: "\(error)"])
                alarm.set(shard, in: .milliseconds(500))
                return
            }
        }
    }
}
