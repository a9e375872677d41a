import Logging
import Metrics
import TocsinAlerts
import TocsinAudit
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations
import TocsinRedis
import TocsinSealing
import TocsinStreams

/// Makes one attempt to deliver a claimed notification and records how it ended.
struct Deliverer: Sendable {
    let streams: TenantStreams
    let plans: Plans
    let transport: HTTPTransport
    let clock: any WallClock
    let console: @Sendable ([UInt8]) -> Void
    let metrics: DispatchMetrics
    let recorder: AuditRecorder
    let logger: Logger

    /// How often a settlement is tried again: about three seconds, less than a worker may be silent.
    private static let settleAttempts = 8
    /// For how long after its making a notification waits for a receiver that no node's configuration has.
    private static let patienceForReceiver = Duration.seconds(600)

    /// Attempts the delivery.
    ///
    /// Never throws: whatever goes wrong is an outcome, and one that cannot be recorded is handed back and repeated.
    ///
    /// - Returns: Whether Redis no longer counts the notification as this worker's.
    func deliver(_ delivery: ClaimedDelivery) async -> Bool {
        guard var settlement = await attempt(delivery) else { return false }
        settlement.audit = audit(settlement, of: delivery)
        var metadata: Logger.Metadata = [
            LogKey.tenant: "\(delivery.tenant)", LogKey.receiver: "\(delivery.receiver)",
            LogKey.notification: "\(delivery.id)", LogKey.attempt: "\(delivery.attempts + 1)",
        ]
        do {
            let epoch = streams.topologyEpoch
            let change = try await settle(delivery, settlement)
            if change == .lost {
                logger.notice("another worker has taken over this notification", metadata: metadata)
            } else {
                report(settlement, metadata: metadata)
            }
            await announce(change, delivery, metadata: metadata)
            return streams.topologyEpoch == epoch
        } catch {
            metadata[LogKey.error] = "\(error)"
            logger.warning("the end of an attempt could not be recorded; it will be repeated", metadata: metadata)
            metrics.unrecordedAttempts.increment()
            return false
        }
    }

    /// The end of a notification for the tenant's audit log; nothing if this was not its end.
    private func audit(_ settlement: Settlement, of delivery: ClaimedDelivery) -> [UInt8] {
        var event = AuditEvent(
            .delivery, on: "notification/\(delivery.id)", by: .node,
            facts: [
                .init("receiver", delivery.receiver), .init("attempts", String(delivery.attempts + 1)),
                .init("made", delivery.createdAt.rfc3339Milliseconds),
            ])
        if !settlement.attempt.isEmpty { event.facts.append(.init("last", settlement.attempt)) }
        switch settlement.verdict {
        case .delivered: break
        case .dead(let reason): (event.outcome, event.reason) = (.failed, reason)
        case .retry, .release: return []
        }
        return recorder.entry(event, in: delivery.tenant)
    }

    /// Records a settlement, and tries again while Redis is away for a moment: what is not recorded is sent twice.
    private func settle(
        _ delivery: ClaimedDelivery, _ settlement: Settlement
    ) async throws -> SettlementChange {
        let backoff = Backoff(initial: .milliseconds(50), factor: 2, maximum: .milliseconds(500))
        var generator = SystemRandomNumberGenerator()
        for failures in 1...Deliverer.settleAttempts {
            do {
                return try await streams.settle(delivery, settlement)
            } catch let error as RedisError where error.isPassing {
                try await clock.sleep(for: backoff.delay(afterFailures: failures, using: &generator))
            }
        }
        return try await streams.settle(delivery, settlement)
    }

    private func attempt(_ delivery: ClaimedDelivery) async -> Settlement? {
        guard let receiver = plans[delivery.tenant]?.receivers[delivery.receiver] else {
            // This node may not have the newest configuration yet; another one may.
            guard delivery.claimedAt - delivery.createdAt > Deliverer.patienceForReceiver else {
                return Settlement(verdict: .release(after: .seconds(5)), attempt: "", health: .unknown)
            }
            return Settlement(verdict: .dead(reason: "receiver_removed"), attempt: "", health: .unknown)
        }
        if let settings = delivery.parkedUnder, settings == digest(of: receiver, tenant: delivery.tenant) {
            return Settlement(verdict: .dead(reason: "receiver_parked"), attempt: "", health: .unknown)
        }
        let notification: Notification
        do {
            var reader = RecordReader(try delivery.body.get())
            notification = try Notification(from: &reader).masked(
                by: receiver.messageRules, key: streams.indexKey(of: delivery.tenant))
        } catch {
            let reason = (error as? any CodedError)?.code ?? "unreadable"
            return Settlement(verdict: .dead(reason: reason), attempt: "", health: .unknown)
        }
        let started = clock.now()
        let memory = delivery.memory.flatMap { try? VendorMemory(record: $0) } ?? VendorMemory()
        let runner = AttemptRunner(
            receiver: receiver, transport: transport,
            paces: PaceKeeper(streams: streams, clock: clock, logger: logger), clock: clock, console: console)
        let ending = await runner.run(
            Delivery(
                notification, attempt: delivery.attempts + 1, isUnclear: delivery.isUnclear, memory: memory,
                now: started))
        let outcome = ending.outcome
        if !ending.isUsed, case .retry(let wait, _) = outcome {
            return Settlement(verdict: .release(after: wait ?? .seconds(1)), attempt: "", health: .unknown)
        }
        let took = clock.now() - started
        if case .retry(_, .cancelled) = outcome { return nil }
        let record = AttemptRecord(at: started, took: took, outcome: outcome)
        metrics.attempt(
            tenant: delivery.tenant, integration: receiver.configuration.channelType, outcome: record.word, took: took,
            age: started - notification.createdAt)
        let rule = SettlementRule(
            backoff: Backoff(
                initial: receiver.configuration.retryInitial, factor: 2, maximum: receiver.configuration.retryMaximum),
            deadline: receiver.configuration.deadline)
        var generator = SystemRandomNumberGenerator()
        var settlement = rule.settlement(
            after: outcome, attempt: delivery.attempts + 1, createdAt: delivery.createdAt,
            now: delivery.claimedAt + took, record: record.text, using: &generator)
        if case .parked(let pause, _) = settlement.health {
            settlement.health = .parked(pause, settings: digest(of: receiver, tenant: delivery.tenant))
        }
        if settlement.health != .unknown {
            metrics.health(
                tenant: delivery.tenant, receiver: delivery.receiver, integration: receiver.configuration.channelType,
                isHealthy: settlement.health == .healthy)
        }
        settlement.isUnclear = ending.isUnclear
        settlement.memory = ending.keep.map { $0.isEmpty ? [] : $0.record }
        return settlement
    }

    private func digest(of receiver: TenantPlan.Receiver, tenant: TenantID) -> String {
        streams.indexKey(of: tenant).hashHex(label: "receiver settings", parts: [receiver.configuration.config.text])
    }

    /// Tells the tenant's other receivers that one of them is parked, or works again.
    ///
    /// A notice that cannot be queued is only logged: what it tells of is in the receiver's health as well.
    private func announce(
        _ change: SettlementChange, _ delivery: ClaimedDelivery, metadata: Logger.Metadata
    ) async {
        guard change == .parked || change == .revived, let plan = plans[delivery.tenant],
            let receiver = plan.receivers[delivery.receiver]
        else { return }
        if change == .parked {
            logger.error("receiver parked: nothing is sent to it until it is changed", metadata: metadata)
        } else {
            logger.notice("receiver works again", metadata: metadata)
        }
        let now = clock.now()
        let notice = ParkedNotice(
            receiver: receiver.configuration.name, integration: receiver.configuration.channelType,
            endsAt: change == .parked ? now + SettlementRule.notice : now)
        do {
            let admission = try await streams.accept(
                try notice.payload, alerts: 1, from: delivery.tenant, policy: .ownNotices(of: plan))
            if admission == .accepted { return }
        } catch {
            logger.debug("a notice was not queued", metadata: [LogKey.error: "\(error)"])
        }
        logger.warning("the tenant could not be told about its receiver", metadata: metadata)
    }

    private func report(_ settlement: Settlement, metadata: Logger.Metadata) {
        var metadata = metadata
        switch settlement.verdict {
        case .delivered:
            logger.debug("notification delivered", metadata: metadata)
        case .retry(let wait):
            metadata[LogKey.outcome] = "\(settlement.attempt)"
            metadata["tocsin.retry_in_ms"] = "\(wait.milliseconds)"
            logger.info("notification not delivered, will be retried", metadata: metadata)
        case .release:
            logger.debug(
                "notification handed back: its receiver is not known here yet, or its vendor must not be asked now",
                metadata: metadata)
        case .dead(let reason):
            metadata[LogKey.outcome] = "\(reason)"
            logger.warning("notification given up, kept as a dead letter", metadata: metadata)
            metrics.deadLetters.increment()
        }
    }
}
