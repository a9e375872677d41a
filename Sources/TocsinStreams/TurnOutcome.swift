public import TocsinCore
import TocsinRedis
import TocsinSealing

/// Everything that a turn decided, to be recorded in one step.
public struct TurnOutcome: Sendable {
    /// Batches that nobody can read, for the dead letters.
    public var unreadable: [Unreadable] = []
    /// Entries that are done.
    public var acknowledged: [String] = []
    /// How many alerts the acknowledged entries hold.
    public var acknowledgedAlerts = 0
    /// How many more obligations the routes and receivers made of the alerts, than there were alerts.
    public var fanout = 0
    /// Obligations that ended because a rule forbids the notification.
    public var suppressed = 0
    /// Obligations that ended because the notification would say nothing new.
    public var superseded = 0
    /// Changes of groups.
    public var groups: [GroupChange] = []
    /// The digest of the inhibition rules for which ``sources`` complete the index; `nil` if it was complete.
    public var inhibitionDigest: String?
    /// Changes of what is known of alerts that inhibit others.
    public var sources: [SourceChange] = []
    /// New notifications.
    public var notifications: [QueuedNotification] = []
    /// What was decided, to be told afterwards; empty for nothing.
    public var trail: [UInt8] = []
    /// The most bytes of trails to keep; 0 for none.
    public var trailBytes = 0

    /// An outcome that changes nothing.
    public init() {}

    /// A batch that cannot be opened or decoded.
    public struct Unreadable: Sendable, Hashable {
        /// The stream entry's id.
        public let entry: String
        /// How many alerts it holds.
        public let alerts: Int
        /// A word that says why, such as an error's code.
        public let reason: String

        /// A batch and the reason.
        public init(entry: String, alerts: Int, reason: String) {
            self.entry = entry
            self.alerts = alerts
            self.reason = reason
        }
    }

    var roughSize: Int {
        1024 + trail.count + acknowledged.count * 32 + sources.count * 192
            + groups.reduce(0) { $0 + 256 + $1.alerts.reduce(0) { $0 + $1.value.count + 128 } }
            + notifications.reduce(0) { $0 + $1.body.count + $1.log.count + 512 }
    }

    func append(to command: inout RedisCommand, sealer: Sealer, shard: Int) throws(SealingError) {
        command.append(unreadable.count)
        for item in unreadable {
            command.append(item.entry)
            command.append(item.alerts)
            command.append(item.reason)
        }
        command.append(acknowledged.count)
        for entry in acknowledged { command.append(entry) }
        command.append(acknowledgedAlerts)
        command.append(fanout)
        command.append(suppressed)
        command.append(superseded)
        command.append(groups.count)
        for group in groups { try group.append(to: &command, sealer: sealer, shard: shard) }
        command.append(inhibitionDigest ?? "")
        command.append(sources.count)
        for source in sources { try source.append(to: &command, sealer: sealer, shard: shard) }
        command.append(notifications.count)
        for notification in notifications { try notification.append(to: &command, sealer: sealer, shard: shard) }
        command.append(
            trail.isEmpty || trailBytes == 0 ? [] : try sealer.seal(trail, shard: shard, purpose: .trail))
        command.append(trailBytes)
    }
}

/// What a turn changes in one group.
public struct GroupChange: Sendable {
    /// When the group is to be flushed next.
    public enum Timer: Sendable, Hashable {
        /// As it was.
        case unchanged
        /// Not at all.
        case none
        /// At this time.
        case at(Timestamp)
        /// At this time, or earlier if it was set so.
        case atLatest(Timestamp)
    }

    /// The group.
    public let id: GroupID
    /// Its timer.
    public var timer: Timer = .unchanged
    /// Whether nothing is left of it.
    public var isDeleted = false
    /// Flush bookkeeping, if it changed.
    public var meta: GroupMeta?
    /// The header, if the group is new.
    public var header: [UInt8]?
    /// Flush bookkeeping and header for the case that the group does not exist; else it keeps its own.
    public var metaIfNew: GroupMeta?
    /// The header for the same case.
    public var headerIfNew: [UInt8]?
    /// Alerts to write, by their keyed hash.
    public var alerts: [(key: String, value: [UInt8])] = []
    /// Alerts to write unless the group has them, by their keyed hash.
    public var alertsIfNew: [(key: String, value: [UInt8])] = []
    /// Notification logs to write without anything being sent, per receiver.
    public var logs: [(receiver: String, value: [UInt8])] = []
    /// Alerts to forget.
    public var removedAlerts: [String] = []
    /// Obligations to add (or, negative, to take away) per receiver.
    public var owed: [(receiver: String, amount: Int)] = []
    /// Receivers to which something is still under way, for whose end a flush waits.
    public var waitsFor: [String] = []

    /// A change of nothing.
    public init(id: GroupID) { self.id = id }

    func append(to command: inout RedisCommand, sealer: Sealer, shard: Int) throws(SealingError) {
        command.append(id.text)
        switch timer {
        case .unchanged: command.append("")
        case .none: command.append("-")
        case .at(let time): command.append(time.milliseconds)
        case .atLatest(let time): command.append("<\(time.milliseconds)")
        }
        command.append(isDeleted ? "1" : "0")
        command.append((meta == nil ? 0 : 1) + (header == nil ? 0 : 1) + alerts.count + logs.count)
        if let meta {
            command.append("m")
            command.append(meta.text)
        }
        if let header {
            command.append("x")
            command.append(try sealer.seal(header, shard: shard, purpose: .group, context: id.text))
        }
        for alert in alerts {
            command.append("a:" + alert.key)
            command.append(try sealer.seal(alert.value, shard: shard, purpose: .alert, context: id.text + alert.key))
        }
        for log in logs {
            command.append("n:" + log.receiver)
            command.append(try sealer.seal(log.value, shard: shard, purpose: .log, context: id.text + log.receiver))
        }
        command.append((metaIfNew == nil ? 0 : 1) + (headerIfNew == nil ? 0 : 1) + alertsIfNew.count)
        for alert in alertsIfNew {
            command.append("a:" + alert.key)
            command.append(try sealer.seal(alert.value, shard: shard, purpose: .alert, context: id.text + alert.key))
        }
        if let metaIfNew {
            command.append("m")
            command.append(metaIfNew.text)
        }
        if let headerIfNew {
            command.append("x")
            command.append(try sealer.seal(headerIfNew, shard: shard, purpose: .group, context: id.text))
        }
        command.append(removedAlerts.count)
        for key in removedAlerts { command.append(key) }
        command.append(owed.count)
        for item in owed {
            command.append("o:" + item.receiver)
            command.append(item.amount)
        }
        command.append(waitsFor.count)
        for receiver in waitsFor { command.append(receiver) }
    }
}

/// A notification for a receiver's queue.
public struct QueuedNotification: Sendable {
    /// The receiver's name.
    public let receiver: String
    /// The stable id.
    public let id: String
    /// The group it tells of.
    public let group: GroupID
    /// How many obligations end with it.
    public let owed: Int
    /// The notification.
    public let body: [UInt8]
    /// What becomes the group's notification log when it is delivered.
    public let log: [UInt8]
    /// The receiver's limits.
    public let limits: ReceiverLimits
    /// When it was made.
    public let createdAt: Timestamp

    /// A notification for a receiver's queue.
    public init(
        receiver: String, id: String, group: GroupID, owed: Int, body: [UInt8], log: [UInt8], limits: ReceiverLimits,
        createdAt: Timestamp
    ) {
        self.receiver = receiver
        self.id = id
        self.group = group
        self.owed = owed
        self.body = body
        self.log = log
        self.limits = limits
        self.createdAt = createdAt
    }

    func append(to command: inout RedisCommand, sealer: Sealer, shard: Int) throws(SealingError) {
        command.append(receiver)
        command.append(id)
        command.append(group.text)
        command.append(owed)
        command.append(try sealer.seal(body, shard: shard, purpose: .delivery, context: id))
        command.append(try sealer.seal(log, shard: shard, purpose: .log, context: group.text + receiver))
        command.append(limits.concurrency)
        command.append(String(limits.perSecond))
        command.append(limits.burst)
        command.append(createdAt.milliseconds)
    }
}

/// How fast a receiver may be served, by all workers together.
public struct ReceiverLimits: Sendable, Hashable {
    /// The most notifications in flight.
    public var concurrency: Int
    /// Notifications per second; 0 for no limit.
    public var perSecond: Double
    /// How many may go at once above the rate.
    public var burst: Int

    /// Limits for one receiver.
    public init(concurrency: Int, perSecond: Double = 0, burst: Int = 1) {
        self.concurrency = concurrency
        self.perSecond = perSecond
        self.burst = burst
    }
}
