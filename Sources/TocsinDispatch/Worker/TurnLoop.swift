import Logging
import Metrics
import ServiceLifecycle
import TocsinCore
import TocsinRouting
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
    let leases: LeaseKeeper
    /// Is told where there is something to deliver.
    let outbox: ShardSignals
    let logger: Logger

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

    /// Takes one turn in a shard; if more are due there, it is looked at again after all others that have rung.
    private func serve(_ shard: Int) async {
        // All shards are looked at when there is a connection again; until then each would only say that there is none.
        guard !Task.isCancelled, !Task.isShuttingDownGracefully, streams.isConnected else { return }
        do {
            switch try await streams.takeTurn(shard: shard, worker: worker, limits: settings.limits) {
            case .none(let wait): alarm.set(shard, in: wait)
            case .turn(let turn): await leases.keeping(turn) { await serve(turn) }
            }
        } catch {
            metrics.failedTurns.increment()
            logger.warning(
                "no turn could be taken", metadata: [LogKey.shard: "\(shard)", LogKey.error: "\(error)"])
            alarm.set(shard, in: .milliseconds(500))
        }
    }

    private func serve(_ turn: Turn) async {
        do {
            guard let plan = plans[turn.tenant] else {
                // This node may not know the tenant yet; its alerts are kept for one that does.
                try await streams.release(turn, retryIn: .seconds(5))
                return signals.raise(turn.shard)
            }
            var planner = TurnPlanner(turn: turn, plan: plan, indexKey: streams.indexKey(of: turn.tenant))
            let outcome = try await decide(turn, plan: plan, planner: &planner)
            guard case .committed(let next) = try await streams.commit(outcome, of: turn) else {
                metrics.fencedTurns.increment()
                logger.notice("a turn lasted longer than its lease", metadata: [LogKey.tenant: "\(turn.tenant)"])
                return signals.raise(turn.shard)
            }
            if !outcome.notifications.isEmpty { outbox.raise(turn.shard) }
            if next == .zero { signals.raise(turn.shard) } else { alarm.set(turn.shard, in: next) }
            metrics.turns.increment()
            metrics.routedAlerts.increment(by: planner.routedAlerts)
            report(outcome, of: turn)
        } catch let damage as DamagedGroup {
            await setAside(damage, in: turn)
        } catch {
            metrics.failedTurns.increment()
            logger.warning(
                "a turn was given back", metadata: [LogKey.tenant: "\(turn.tenant)", LogKey.error: "\(error)"])
            try? await streams.release(turn, retryIn: .seconds(1))
            signals.raise(turn.shard)
        }
    }

    /// A group that nobody can read may not hold up all others of its tenant for ever.
    private func setAside(_ damage: DamagedGroup, in turn: Turn) async {
        let owed = try? await streams.setAside(damage.id, in: turn)
        logger.error(
            "a group's record is damaged and was set aside; its alerts begin a new group when they are sent again",
            metadata: [
                LogKey.tenant: "\(turn.tenant)", LogKey.code: "\(damage.code)", LogKey.alerts: "\(owed ?? 0)",
            ])
        metrics.failedTurns.increment()
        try? await streams.release(turn, retryIn: owed == nil ? .seconds(1) : .zero)
        signals.raise(turn.shard)
    }

    private func decide(_ turn: Turn, plan: TenantPlan, planner: inout TurnPlanner) async throws -> TurnOutcome {
        try planner.admit(groups: try await streams.readGroups(planner.requests, of: turn.tenant))
        if !plan.inhibition.isEmpty, plan.inhibition.digest != turn.inhibitionDigest {
            try await completeIndex(of: turn, planner: &planner)
        }
        let meetings = planner.meetings()
        let sources = meetings.isEmpty ? [:] : try await streams.readSources(at: meetings, of: turn.tenant)
        let silences =
            planner.flushes
            ? try await streams.silences(of: turn.tenant, version: turn.silencesVersion).set : SilenceSet([])
        return try planner.outcome(sources: sources, silences: silences)
    }

    /// The rules have changed: whom they make a source among the alerts that are known is found out once.
    private func completeIndex(of turn: Turn, planner: inout TurnPlanner) async throws {
        let groups = try await streams.groups(of: turn.tenant)
        for start in stride(from: 0, to: groups.count, by: 64) {
            let requests = groups[start..<min(groups.count, start + 64)].map { GroupRequest(id: $0, alerts: nil) }
            try planner.completeIndex(with: try await streams.readGroups(requests, of: turn.tenant).compactMap { $0 })
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
