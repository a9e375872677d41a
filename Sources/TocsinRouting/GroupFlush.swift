public import TocsinAlerts
public import TocsinCore

/// What a flush needs to know of a receiver.
public struct FlushReceiver: Sendable, Hashable {
    /// The receiver's name.
    public let name: String
    /// Whether it hears of resolved alerts.
    public let sendResolved: Bool
    /// Whether it hears of an alert with these labels at all; decided by severity.
    public let minimumSeverity: Severity?

    /// A receiver.
    public init(name: String, sendResolved: Bool, minimumSeverity: Severity?) {
        self.name = name
        self.sendResolved = sendResolved
        self.minimumSeverity = minimumSeverity
    }

    /// Whether this receiver hears of an alert with these labels.
    public func hears(_ labels: LabelSet) -> Bool {
        guard let minimumSeverity else { return true }
        return Severity(of: labels) >= minimumSeverity
    }
}

/// A flush of one group: pure, by the time of its tick.
public struct GroupFlush: Sendable {
    /// A notification that a receiver is due.
    public struct Draft: Sendable, Hashable {
        /// The receiver's name.
        public let receiver: String
        /// Why it is told.
        public let reason: NotificationReason
        /// Its alerts, firing before resolved, each by fingerprint.
        public let alerts: [NotifiedAlert]
        /// What becomes the receiver's log when this is delivered.
        public let log: NotificationLog
    }

    /// The notifications to send now.
    public private(set) var drafts: [Draft] = []
    /// Receivers that would be told something, but to which something is still under way.
    public private(set) var waiting: [String] = []
    /// Receivers to which nothing new is to be said.
    public private(set) var quiet: [String] = []
    /// Receivers that would hear of the group's alerts, if not all of those were muted.
    public private(set) var muted: [String] = []
    /// Logs of receivers that are not told that everything is over, but of which it must be known for the next firing.
    public private(set) var silentLogs: [String: NotificationLog] = [:]
    /// Alerts that are over and of which everybody has heard who is to hear.
    public private(set) var finished: [Alert] = []
    /// When the group is to be flushed next, if only to be forgotten; `nil` when nothing is left of it.
    public private(set) var nextDue: Timestamp?

    /// Decides a flush.
    ///
    /// - Parameters:
    ///   - alerts: All alerts of the group.
    ///   - route: The group's route.
    ///   - receivers: The route's receivers that are enabled.
    ///   - logs: What each receiver was last told.
    ///   - sending: Receivers to which a notification of this group is under way.
    ///   - mutes: Fingerprints of alerts that a silence, an inhibition or a time interval mutes. They are left out as if
    ///     they were not there, so they are told of when what mutes them ends, or never if they end before it.
    ///   - flushed: When the group was flushed before; what was over by then and told is not told again.
    ///   - due: When the flush should have happened. An alert that fired then and that a receiver has not heard of is told
    ///     as firing even if its time has run out since: a page that is late is better than none.
    ///   - tick: The time by which the flush counts for the group's interval.
    ///   - now: The time now; alerts that have ended by now are resolved.
    public init(
        alerts all: [Alert], route: Route, receivers: [FlushReceiver], logs: [String: NotificationLog],
        sending: Set<String>, mutes: Set<UInt64> = [], flushed: Timestamp? = nil, due: Timestamp, tick: Timestamp,
        now: Timestamp
    ) {
        let settled = Self.settled(all, receivers: receivers, logs: logs, sending: sending, flushed: flushed)
        let alerts = all.filter { !settled.contains($0.fingerprint) }
        var isOpen = !sending.isEmpty
        var earliest: Timestamp?
        var remembered = Timestamp.unset
        func consider(_ time: Timestamp) { earliest = min(earliest ?? time, time) }

        for receiver in receivers {
            let heard = alerts.filter { receiver.hears($0.labels) && !mutes.contains($0.fingerprint) }
            if heard.isEmpty, !sending.contains(receiver.name) {
                if mutes.isEmpty { quiet.append(receiver.name) } else { muted.append(receiver.name) }
                // An end that was muted was not told. If it comes again later, or the alert does, the receiver must be
                // known to take the alert for firing: Alertmanager keeps its log as long.
                if let last = logs[receiver.name], !last.firing.isEmpty {
                    remembered = max(remembered, last.at + route.repeatInterval * 2 + .seconds(900))
                }
                continue
            }
            let told = logs[receiver.name]?.firing ?? []
            let isOver = { (alert: Alert) in
                alert.isResolved(at: told.contains(alert.fingerprint) ? now : min(due, now))
            }
            let firing = heard.filter { !isOver($0) }
            let resolved = heard.filter(isOver)
            let log = NotificationLog(
                at: tick, firing: Set(firing.map(\.fingerprint)), resolved: Set(resolved.map(\.fingerprint)))
            let last = logs[receiver.name]
            let reason = NotificationLog.reason(
                after: last, firing: log.firing, resolved: log.resolved, at: tick,
                repeatInterval: route.repeatInterval, sendResolved: receiver.sendResolved)
            if sending.contains(receiver.name) {
                waiting.append(receiver.name)
            } else if let reason {
                let open = firing.map { NotifiedAlert(alert: $0, status: .firing) }
                let over = receiver.sendResolved ? resolved.map { NotifiedAlert(alert: $0, status: .resolved) } : []
                drafts.append(Draft(receiver: receiver.name, reason: reason, alerts: open + over, log: log))
                isOpen = true
                if !firing.isEmpty { consider(tick + route.repeatInterval) }
            } else {
                quiet.append(receiver.name)
                if firing.isEmpty, last?.firing.isEmpty == false { silentLogs[receiver.name] = log }
                if let last, !firing.isEmpty { consider(last.at + route.repeatInterval) }
            }
        }
        for alert in alerts where !alert.isResolved(at: now) && !alert.endsAt.isUnset { consider(alert.endsAt) }
        // What mutes an alert may end at any time: it is looked at again at every interval.
        if !mutes.isEmpty { consider(now) }

        // While something is under way the resolved ones stay: if it is given up, they are told at the next interval.
        if !isOpen { finished = alerts.filter { $0.isResolved(at: now) } }
        let hasResolved = finished.count < alerts.filter { $0.isResolved(at: now) }.count
        if hasResolved { consider(now) }
        if finished.count < alerts.count || isOpen {
            nextDue = GroupSchedule.tick(notBefore: earliest ?? now, flushed: tick, interval: route.groupInterval)
        } else if remembered > now {
            nextDue = remembered
        }
        finished += all.filter { settled.contains($0.fingerprint) }
    }

    /// Alerts that were over at the flush before and whose end everybody has been told who is to be.
    ///
    /// They were kept only because a notification was under way then, and it might have been given up.
    private static func settled(
        _ alerts: [Alert], receivers: [FlushReceiver], logs: [String: NotificationLog], sending: Set<String>,
        flushed: Timestamp?
    ) -> Set<UInt64> {
        guard let flushed else { return [] }
        let over = alerts.filter { $0.isResolved(at: flushed) && $0.updatedAt <= flushed }
        let settled = over.filter { alert in
            receivers.allSatisfy { receiver in
                guard !sending.contains(receiver.name) else { return false }
                guard receiver.sendResolved, let log = logs[receiver.name] else { return true }
                return log.resolved.contains(alert.fingerprint) || !log.firing.contains(alert.fingerprint)
            }
        }
        return Set(settled.map(\.fingerprint))
    }
}
