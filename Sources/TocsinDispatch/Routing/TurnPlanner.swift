import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinRouting
import TocsinSealing
import TocsinStreams

/// Decides a turn: which groups its alerts belong to, which groups are to be flushed, and what comes of both.
///
/// Pure: it is given what was read and answers what is to be written. The caller reads ``requests``, hands over what it
/// has read with ``admit(groups:)``, reads ``meetings()``, and commits ``outcome(sources:silences:)``.
struct TurnPlanner {
    /// What the turn brings to one group.
    private struct Arrivals {
        let identity: GroupIdentity
        let route: Route
        var alerts: [(key: String, alert: Alert, batch: Int)] = []
    }

    private let turn: Turn
    private let plan: TenantPlan
    private let indexKey: IndexKey
    private var arrivals: [GroupID: Arrivals] = [:]
    private var order: [GroupID] = []
    private var outcome = TurnOutcome()
    private var trail: TurnTrail
    private var inhibition: TurnInhibition
    private var groups: [(group: WorkingGroup, due: Timestamp?)] = []
    /// Changes by groups that lost their route to groups that exist or not; written after all others.
    private var rehomed: [GroupChange] = []

    /// Counts for metrics.
    private(set) var routedAlerts = 0

    init(turn: Turn, plan: TenantPlan, indexKey: IndexKey) {
        self.turn = turn
        self.plan = plan
        self.indexKey = indexKey
        trail = TurnTrail(time: turn.now, worker: turn.worker.text)
        inhibition = TurnInhibition(rules: plan.inhibition, indexKey: indexKey, now: turn.horizon)
        for batch in turn.batches { take(batch) }
    }

    /// The groups to read before the outcome can be decided.
    ///
    /// A group that is due is read whole; one that only gets alerts, just for those alerts.
    var requests: [GroupRequest] {
        let due = Set(turn.dueGroups.map(\.id))
        let touched = order.filter { !due.contains($0) }.map { id in
            GroupRequest(id: id, alerts: arrivals[id]?.alerts.map(\.key) ?? [])
        }
        return turn.dueGroups.map { GroupRequest(id: $0.id, alerts: nil) } + touched
    }

    private mutating func take(_ batch: Turn.Batch) {
        let alerts: [Alert]
        do {
            alerts = try AlertDecoder.decode(
                try batch.payload.get(), receivedAt: batch.receivedAt, resolveTimeout: plan.resolveTimeout)
        } catch {
            let reason = (error as? any CodedError)?.code ?? "unreadable"
            outcome.unreadable.append(.init(entry: batch.entry, alerts: batch.alerts, reason: reason))
            return
        }
        outcome.acknowledged.append(batch.entry)
        outcome.acknowledgedAlerts += batch.alerts
        routedAlerts += alerts.count
        let place = trail.add(TurnTrail.Batch(receivedAt: batch.receivedAt, origin: batch.origin))
        for alert in alerts { take(alert, from: place) }
    }

    private mutating func take(_ alert: Alert, from batch: Int) {
        let key = indexKey.name(of: alert)
        var obligations = 0
        let parked = ParkedNotice.receiver(of: alert)
        let routes = parked.map { plan.tree.match(alert.labels, avoiding: $0) } ?? plan.tree.match(alert.labels)
        for route in routes {
            let identity = GroupIdentity(routeID: route.id, labels: route.groupBy.groupLabels(of: alert.labels))
            let id = indexKey.id(of: identity)
            if arrivals[id] == nil {
                arrivals[id] = Arrivals(identity: identity, route: route)
                order.append(id)
            }
            arrivals[id]?.alerts.append((key, alert, batch))
            obligations += plan.flushReceivers(of: route).count
        }
        if obligations == 0 {
            // Nobody is to be told: the obligation that every accepted alert starts with ends here.
            outcome.suppressed += 1
        } else {
            outcome.fanout += obligations - 1
        }
    }

    /// Puts what has arrived into its groups.
    ///
    /// - Parameter stored: What was read for ``requests``, in their order.
    /// - Throws: ``DamagedGroup`` if a kept record cannot be read.
    mutating func admit(groups stored: [StoredGroup?]) throws {
        for (index, due) in turn.dueGroups.enumerated() {
            let arrived = arrivals[due.id]
            var group: WorkingGroup
            if let stored = stored[index] {
                group = try TurnPlanner.read(stored, isComplete: true)
            } else if let arrived {
                group = WorkingGroup(id: due.id, identity: arrived.identity, interval: arrived.route.groupInterval)
            } else {
                var change = GroupChange(id: due.id)
                change.isDeleted = true
                outcome.groups.append(change)
                continue
            }
            if let arrived { admit(arrived, to: &group) }
            groups.append((group, due.due))
        }
        let due = Set(turn.dueGroups.map(\.id))
        let touched = order.filter { !due.contains($0) }
        for (id, stored) in zip(touched, stored[turn.dueGroups.count...]) {
            guard let arrived = arrivals[id] else { continue }
            var group =
                try stored.map { try TurnPlanner.read($0, isComplete: false) }
                ?? WorkingGroup(id: id, identity: arrived.identity, interval: arrived.route.groupInterval)
            admit(arrived, to: &group)
            groups.append((group, nil))
        }
    }

    private static func read(_ stored: StoredGroup, isComplete: Bool) throws -> WorkingGroup {
        do {
            return try WorkingGroup(stored: stored, isComplete: isComplete)
        } catch let error as RecordError {
            throw DamagedGroup(id: stored.id, code: error.code)
        }
    }

    /// Takes note of alerts that were known before the index of sources was made for these rules.
    mutating func completeIndex(with known: [StoredGroup]) throws {
        for group in known {
            for (key, record) in group.alerts { inhibition.note(try Alert(record: record), key: key, isOld: true) }
        }
    }

    /// Where to look for sources that inhibit alerts of the groups to flush.
    mutating func meetings() -> [String] {
        guard !plan.inhibition.isEmpty else { return [] }
        let alerts = groups.filter { isDue($0.group, $0.due) }.flatMap { $0.group.alerts.values }
        return inhibition.meetings(of: alerts)
    }

    /// Whether there is a group to flush.
    var flushes: Bool { groups.contains { isDue($0.group, $0.due) } }

    /// Decides the turn.
    ///
    /// - Parameters:
    ///   - sources: What was read at ``meetings()``.
    ///   - silences: The tenant's, or none if nothing ``flushes``.
    mutating func outcome(
        sources: [String: [(alert: String, record: [UInt8])]], silences: SilenceSet
    ) throws -> TurnOutcome {
        try inhibition.know(sources)
        for (var group, due) in groups { finish(&group, dueAt: due, silences: silences) }
        outcome.groups += rehomed
        outcome.trailBytes = plan.trailBytes
        if plan.trailBytes > 0, !trail.isEmpty { outcome.trail = trail.record }
        outcome.sources = inhibition.changes
        if inhibition.digest(noted: turn.inhibitionDigest) != turn.inhibitionDigest {
            outcome.inhibitionDigest = inhibition.digest(noted: turn.inhibitionDigest)
        }
        return outcome
    }

    private func isDue(_ group: WorkingGroup, _ dueAt: Timestamp?) -> Bool {
        guard group.isComplete, let due = dueAt ?? group.dueAt else { return false }
        return due <= turn.now
    }

    /// Merges what has arrived into a group and counts the obligations that come of it.
    private mutating func admit(_ arrived: Arrivals, to group: inout WorkingGroup) {
        let receivers = plan.flushReceivers(of: arrived.route)
        var place: Int?
        for (key, alert, batch) in arrived.alerts {
            let arrival = AlertArrival(alert, known: group.alerts[key], now: turn.horizon)
            group.set(arrival.alert, key: key)
            inhibition.note(arrival.alert, key: key)
            for receiver in receivers {
                if !receiver.hears(alert.labels) {
                    outcome.suppressed += 1
                } else if arrival.isNews {
                    group.owe(1, to: receiver.name)
                } else {
                    outcome.superseded += 1
                }
            }
            guard arrival.isNews else { continue }
            group.noteNews(of: arrival.alert, route: arrived.route, now: alert.updatedAt)
            let known = place ?? trail.add(TurnTrail.Group(group.identity, arrived.route, receivers))
            place = known
            trail.add(
                TurnTrail.Arrival(
                    fingerprint: alert.fingerprint, batch: batch, group: known,
                    isResolved: arrival.alert.isResolved(at: turn.horizon),
                    deaf: receivers.filter { !$0.hears(alert.labels) }.map(\.name)))
        }
    }

    /// Flushes the group if it is due and known whole, and records its change.
    private mutating func finish(_ group: inout WorkingGroup, dueAt: Timestamp?, silences: SilenceSet) {
        guard isDue(group, dueAt), let due = dueAt ?? group.dueAt else {
            outcome.groups.append(group.change())
            return
        }
        guard let route = plan.tree.route(id: group.identity.routeID) else {
            rehome(&group)
            return
        }
        // After a long standstill the old ticks are not made up for: one flush, by the time it happens.
        let tick = turn.now - due < route.groupInterval ? due : turn.now
        let receivers = plan.flushReceivers(of: route)
        let mutes = mutes(in: group, route: route, silences: silences)
        let flush = GroupFlush(
            alerts: Array(group.alerts.values), route: route, receivers: receivers, logs: group.logs,
            sending: group.sending, mutes: Set(mutes.map(\.fingerprint)),
            flushed: group.meta.flushedAt,
            due: due, tick: tick, now: turn.horizon)
        var noted = TurnTrail.Flush(group: trail.add(TurnTrail.Group(group.identity, route, receivers)))
        noted.mutes = mutes
        noted.waiting = flush.waiting
        noted.finished = flush.finished.map(\.fingerprint)
        if !flush.drafts.isEmpty { group.meta.sequence += 1 }
        for draft in flush.drafts {
            if let notice = notify(draft, group: &group, route: route) { noted.notices.append(notice) }
        }
        trail.add(noted)
        group.silentLogs = flush.silentLogs
        for receiver in flush.quiet { outcome.superseded += group.settleObligations(to: receiver) }
        for receiver in flush.muted { outcome.suppressed += group.settleObligations(to: receiver) }
        // Receivers that the route no longer names are owed nothing any more.
        for name in group.owed.keys where !receivers.contains(where: { $0.name == name }) {
            outcome.suppressed += group.settleObligations(to: name)
        }
        for alert in flush.finished { group.remove(key: indexKey.name(of: alert)) }
        group.waitsFor = flush.waiting
        group.flushed(at: tick, interval: route.groupInterval, next: flush.nextDue)
        outcome.groups.append(group.change())
    }

    /// The alerts of a group that nobody is to be told of now, and why.
    private func mutes(in group: WorkingGroup, route: Route, silences: SilenceSet) -> [TurnTrail.Mute] {
        let intervals = plan.timeMuting.muting(route, at: turn.now)
        return group.alerts.values.compactMap { alert in
            let silences = silences.silencing(alert.labels, at: turn.now)
            let inhibitors = inhibition.inhibitors(of: alert)
            guard !intervals.isEmpty || !silences.isEmpty || !inhibitors.isEmpty else { return nil }
            return TurnTrail.Mute(
                fingerprint: alert.fingerprint, silences: silences, inhibitors: inhibitors, intervals: intervals)
        }
    }

    /// The fence makes the id one of its own: no other turn of this tenant has it, even after the group was forgotten.
    private mutating func notify(
        _ draft: GroupFlush.Draft, group: inout WorkingGroup, route: Route
    ) -> TurnTrail.Notice? {
        guard let receiver = plan.receivers[draft.receiver] else { return nil }
        let text = indexKey.hashHex(
            label: "notification", parts: [group.id.text, draft.receiver, String(turn.fence)])
        let notification = Notification(
            id: NotificationID(uuidText(text)), tenant: turn.tenant, receiver: receiver.configuration.name,
            groupKey: route.groupKey(group.identity.labels), groupLabels: group.identity.labels,
            alerts: draft.alerts.sorted { $0.alert.isListed(before: $1.alert) }, truncatedAlerts: 0,
            reason: draft.reason,
            externalURL: plan.externalURL, createdAt: turn.now, sequence: group.meta.sequence)
        var writer = RecordWriter(capacity: 1024)
        notification.write(to: &writer)
        outcome.notifications.append(
            QueuedNotification(
                receiver: draft.receiver, id: notification.id.text, group: group.id,
                owed: group.settleObligations(to: draft.receiver), body: writer.bytes, log: draft.log.record,
                limits: receiver.limits, createdAt: turn.now))
        func told(_ status: AlertStatus) -> [UInt64] {
            draft.alerts.filter { $0.status == status }.map(\.alert.fingerprint)
        }
        return TurnTrail.Notice(
            id: notification.id.text, receiver: draft.receiver, reason: draft.reason.rawValue, firing: told(.firing),
            resolved: told(.resolved))
    }

    /// A group whose route is gone: its alerts that still fire go to the routes that take them now.
    private mutating func rehome(_ group: inout WorkingGroup) {
        for name in group.owed.keys { outcome.superseded += group.settleObligations(to: name) }
        var change = GroupChange(id: group.id)
        change.isDeleted = true
        outcome.groups.append(change)
        let firing = group.alerts.filter { !$0.value.isResolved(at: turn.horizon) }
        guard !firing.isEmpty else { return }
        var homes: [GroupID: WorkingGroup] = [:]
        for (key, alert) in firing {
            for route in plan.tree.match(alert.labels) {
                let identity = GroupIdentity(routeID: route.id, labels: route.groupBy.groupLabels(of: alert.labels))
                let id = indexKey.id(of: identity)
                var home =
                    homes[id]
                    ?? WorkingGroup(id: id, identity: identity, interval: route.groupInterval, isJoining: true)
                home.set(alert, key: key)
                home.noteNews(of: alert, route: route, now: turn.now)
                homes[id] = home
            }
        }
        rehomed += homes.values.map { $0.change() }
    }

    /// 32 hexadecimal digits in the form of a UUID.
    private func uuidText(_ digits: String) -> String {
        var text = ""
        for (index, digit) in digits.enumerated() {
            if [8, 12, 16, 20].contains(index) { text.append("-") }
            text.append(digit)
        }
        return text
    }
}

extension TurnTrail.Group {
    fileprivate init(_ identity: GroupIdentity, _ route: Route, _ receivers: [FlushReceiver]) {
        self.init(
            route: route.key, labels: identity.labels.alertmanagerText, receivers: receivers.map(\.name))
    }
}
