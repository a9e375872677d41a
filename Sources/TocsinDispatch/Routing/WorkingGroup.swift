import TocsinAlerts
import TocsinCore
import TocsinRouting
import TocsinStreams

/// A group while a turn thinks about it: what was read, and what is to change.
struct WorkingGroup {
    let id: GroupID
    let identity: GroupIdentity
    /// Whether all of the group's alerts are known here.
    let isComplete: Bool
    private let isNew: Bool
    private let isJoining: Bool

    var meta: GroupMeta
    private(set) var alerts: [String: Alert] = [:]
    private(set) var owed: [String: Int] = [:]
    private(set) var sending: Set<String> = []
    private(set) var logs: [String: NotificationLog] = [:]
    /// When it is to be flushed, if this turn has changed that.
    private(set) var dueAt: Timestamp?
    var waitsFor: [String] = []
    /// Logs of receivers to which the end of everything is not told.
    var silentLogs: [String: NotificationLog] = [:]

    private var storedOwed: [String: Int] = [:]
    private var changed: Set<String> = []
    private var removed: Set<String> = []
    private var timer: GroupChange.Timer = .unchanged
    private var isMetaChanged = false
    private var isEmptied = false

    /// A group that did not exist, or (`isJoining`) of which it is not known whether it does.
    init(id: GroupID, identity: GroupIdentity, interval: Duration, isJoining: Bool = false) {
        self.id = id
        self.identity = identity
        self.isJoining = isJoining
        isNew = true
        isComplete = !isJoining
        isMetaChanged = true
        meta = GroupMeta(flushedAt: nil, interval: interval, sequence: 0)
    }

    /// A group as it is kept.
    init(stored: StoredGroup, isComplete: Bool) throws {
        id = stored.id
        identity = try GroupIdentity(record: stored.header)
        self.isComplete = isComplete
        isNew = false
        isJoining = false
        meta = stored.meta
        for (key, record) in stored.alerts { alerts[key] = try Alert(record: record) }
        removed.formUnion(stored.damagedAlerts)
        for (receiver, record) in stored.logs { logs[receiver] = try NotificationLog(record: record) }
        owed = stored.owed.filter { $0.value != 0 }
        storedOwed = owed
        sending = stored.sending
    }

    mutating func set(_ alert: Alert, key: String) {
        guard alerts[key] != alert else { return }
        alerts[key] = alert
        removed.remove(key)
        changed.insert(key)
    }

    mutating func remove(key: String) {
        alerts[key] = nil
        changed.remove(key)
        removed.insert(key)
    }

    mutating func owe(_ amount: Int, to receiver: String) { owed[receiver, default: 0] += amount }

    /// Takes over what is owed to a receiver.
    mutating func settleObligations(to receiver: String) -> Int {
        let amount = owed[receiver] ?? 0
        owed[receiver] = 0
        return amount
    }

    /// Sets the timer for an alert that there is something to tell of.
    mutating func noteNews(of alert: Alert, route: Route, now: Timestamp) {
        let due =
            if let flushedAt = meta.flushedAt {
                GroupSchedule.tick(notBefore: now, flushed: flushedAt, interval: route.groupInterval)
            } else {
                GroupSchedule.first(alertStart: alert.startsAt, wait: route.groupWait, now: now)
            }
        // A first flush is not put off by later alerts, only brought forward.
        dueAt = min(dueAt ?? due, due)
        timer = .atLatest(dueAt ?? due)
    }

    mutating func flushed(at tick: Timestamp, interval: Duration, next: Timestamp?) {
        meta.flushedAt = tick
        meta.interval = interval
        isMetaChanged = true
        isEmptied = alerts.isEmpty && next == nil
        timer = next.map { .at($0) } ?? .none
    }

    /// What is to be written.
    func change() -> GroupChange {
        var change = GroupChange(id: id)
        if isEmptied {
            change.isDeleted = true
            return change
        }
        change.timer = timer
        change.waitsFor = waitsFor
        // Of a group that may exist already, the bookkeeping must not be overwritten with that of a new one.
        if isNew, !isJoining { change.header = identity.record }
        if isMetaChanged, !isJoining { change.meta = meta }
        if isJoining {
            change.headerIfNew = identity.record
            change.metaIfNew = meta
        }
        let records = changed.compactMap { key in alerts[key].map { (key: key, value: $0.record) } }
        // What a group knows of an alert is newer than what one knew that has lost its route.
        if isJoining { change.alertsIfNew = records } else { change.alerts = records }
        for (receiver, log) in silentLogs { change.logs.append((receiver, log.record)) }
        if !isNew { change.removedAlerts = Array(removed) }
        for (receiver, amount) in owed where amount != storedOwed[receiver] ?? 0 {
            change.owed.append((receiver, amount - (storedOwed[receiver] ?? 0)))
        }
        return change
    }
}
