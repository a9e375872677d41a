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
    let claims: HeldClaims
    /// How long a worker may be silent before it counts as dead.
    let deadAfter: Duration
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

    /// Claims once from a shard; if more waits there, it is looked at again after all others that have rung.
    private func serve(_ shard: Int, in group: inout DiscardingTaskGroup) async {
        // All shards are looked at when there is a connection again; until then each would only say that there is none.
        guard !Task.isCancelled, !Task.isShuttingDownGracefully, streams.isConnected else { return }
        claims.note(epoch: streams.topologyEpoch)
        guard await handBackUnclear() else {
            alarm.set(shard, in: .milliseconds(200))
            return
        }
        let budget = await slots.take(DeliveryLoop.batch)
        guard budget > 0 else { return }
        do {
            let claim = try await streams.claimDeliveries(
                shard: shard, worker: worker, budget: budget, deadAfter: deadAfter)
            slots.giveBack(budget - claim.deliveries.count)
            claims.take(claim.deliveries)
            for delivery in claim.deliveries {
                group.addTask {
                    claims.release(delivery, isRecorded: await deliverer.deliver(delivery))
                    slots.giveBack(1)
                }
            }
            if !claim.deliveries.isEmpty, claim.nextIn == .zero {
                signals.raise(shard)
            } else {
                alarm.set(shard, in: claim.nextIn)
            }
        } catch {
            claims.noteUnclear()
            slots.giveBack(budget)
            logger.warning(
                "no notifications could be claimed",
                metadata: [LogKey.shard: "\(shard)", LogKey.error: "\(error)"])
            alarm.set(shard, in: .milliseconds(500))
        }
    }

    /// Hands back what Redis has noted as this worker's and this worker does not know of.
    ///
    /// A claim or a settlement whose answer was lost may have been carried out, a settlement that was answered may be lost
    /// with its master, and nobody would take over from a worker that lives.
    private func handBackUnclear() async -> Bool {
        guard claims.isUnclear else { return true }
        // Cleared first: what becomes unclear meanwhile is handed back the next time.
        claims.clear()
        do {
            try await streams.handBack(worker, deadAfter: deadAfter, keeping: claims.held)
            return true
        } catch {
            claims.noteUnclear()
            return false
        }
    }
}
