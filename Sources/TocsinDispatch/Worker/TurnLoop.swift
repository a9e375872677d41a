import Logging
import Metrics
import ServiceLifecycle
import TocsinCore
import TocsinStreams

/// Serves turns: routes what has arrived and flushes what is due, a few tenants at a time.
struct TurnLoop: Sendable {
    let worker: WorkerID
    let streams: TenantStreams
    let plans: Plans
    let settings: WorkerSettings
    let signals: ShardSignals
    let alarm: ShardAlarm
    let metrics: DispatchMetrics
    let clock: any WallClock
    let logger: Logger

    /// After how many renewals a turn counts as stuck and is given to another worker.
    private static let longestTurn = 60

    /// Serves until the signals are finished and every turn that was taken has ended.
    func run() async {
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await shard in signals.stream {
                if running == settings.turns {
                    await group.next()
                    running -= 1
                }
                signals.lower(shard)
                running += 1
                group.addTask { await serve(shard) }
            }
        }
        alarm.cancelAll()
    }

    /// Takes one turn in a shard; one that gave something is looked at again after all others that have rung.
    private func serve(_ shard: Int) async {
        guard !Task.isCancelled && !Task.isShuttingDownGracefully else { return }
        do {
            switch try await streams.takeTurn(shard: shard, worker: worker, limits: settings.limits) {
            case .none(let wait):
                alarm.set(shard, in: wait)
            case .turn(let turn):
                // Rung first: other tenants of the shard may be served while this turn thinks.
                signals.raise(shard)
                await serveWithLease(turn)
            }
        } catch {
            metrics.failedTurns.increment()
            logger.warning(
                "no turn could be taken", metadata: [LogKey.shard: "\(shard)", LogKey.error: "\(error)"])
            alarm.set(shard, in: .milliseconds(500))
        }
    }

    /// Serves a turn and prolongs its lease meanwhile, so that a large one is not begun again and again.
    private func serveWithLease(_ turn: Turn) async {
        await withTaskGroup(of: Bool.self) { group in
            group.addTask {
                await serve(turn)
                return true
            }
            group.addTask {
                await renewLease(of: turn)
                return false
            }
            while let isServed = await group.next(), !isServed {}
            group.cancelAll()
        }
    }

    private func renewLease(of turn: Turn) async {
        for _ in 0..<TurnLoop.longestTurn {
            do {
                try await clock.sleep(for: settings.lease / 3)
                guard try await streams.renew(turn, lease: settings.lease) else { return }
            } catch {
                // Cancelled, because the turn is over; or not renewed, and the turn's commit will tell if it came too late.
                return
            }
        }
    }

    private func serve(_ turn: Turn) async {
        do {
            guard let plan = plans[turn.tenant] else {
                // This node may not know the tenant yet; its alerts are kept for one that does.
                try await streams.release(turn, retryIn: .seconds(5))
                return
            }
            var planner = TurnPlanner(turn: turn, plan: plan, indexKey: streams.indexKey(of: turn.tenant))
            let groups = try await streams.readGroups(planner.requests, of: turn.tenant)
            let outcome = try planner.outcome(groups: groups)
            guard try await streams.commit(outcome, of: turn) else {
                metrics.fencedTurns.increment()
                logger.notice("a turn lasted longer than its lease", metadata: [LogKey.tenant: "\(turn.tenant)"])
                return
            }
            metrics.turns.increment()
            metrics.routedAlerts.increment(by: planner.routedAlerts)
            report(outcome, of: turn)
        } catch {
            metrics.failedTurns.increment()
            logger.warning(
                "a turn was given back", metadata: [LogKey.tenant: "\(turn.tenant)", LogKey.error: "\(error)"])
            try? await streams.release(turn, retryIn: .seconds(1))
        }
    }

    private func report(_ outcome: TurnOutcome, of turn: Turn) {
        for item in outcome.unreadable {
            logger.error(
                "a batch cannot be read, kept as a dead letter",
                metadata: [
                    LogKey.tenant: "\(turn.tenant)", LogKey.alerts: "\(item.alerts)", LogKey.code: "\(item.reason)",
                ])
        }
        if turn.poisonedAlerts > 0 {
            logger.error(
                "a batch whose handling killed several workers is kept as a dead letter",
                metadata: [LogKey.tenant: "\(turn.tenant)", LogKey.alerts: "\(turn.poisonedAlerts)"])
        }
    }
}
