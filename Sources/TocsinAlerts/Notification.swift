public import TocsinCore

/// The stable name of a notification, the same for every attempt: a vendor's key against sending twice.
public struct NotificationID: Sendable, Hashable {
    /// The name, in the form of a UUID; parts of a notification have numbers behind it.
    public let text: String

    /// Wraps a name.
    public init(_ text: String) { self.text = text }
}

/// Whether an alert fires.
public enum AlertStatus: String, Sendable, Hashable {
    case firing
    case resolved
}

/// Why a notification is sent.
public enum NotificationReason: String, Sendable, Hashable, CaseIterable {
    /// Nobody was told of this group before.
    case firstNotification = "first_notification"
    /// Alerts fire that were not told.
    case newAlerts = "new_alerts"
    /// The last alert of the group ended.
    case allResolved = "all_resolved"
    /// Some alerts ended.
    case someResolved = "some_resolved"
    /// Nothing changed for as long as the route's repeat interval.
    case repeatInterval = "repeat_interval"
}

/// An alert with the status that a notification tells.
public struct NotifiedAlert: Sendable, Hashable {
    /// The alert.
    public let alert: Alert
    /// Its status when the notification was made.
    public let status: AlertStatus

    /// Makes one.
    public init(alert: Alert, status: AlertStatus) {
        self.alert = alert
        self.status = status
    }
}

/// What one receiver is to be told about one group.
public struct Notification: Sendable, Hashable {
    /// The stable name.
    public let id: NotificationID
    /// The tenant.
    public let tenant: TenantID
    /// The receiver's name.
    public let receiver: String
    /// The group's key, in Alertmanager's form.
    public let groupKey: String
    /// The labels that the group's alerts share by the route's `group_by`.
    public let groupLabels: LabelSet
    /// The alerts.
    public let alerts: [NotifiedAlert]
    /// How many more alerts the group has than are told.
    public let truncatedAlerts: Int
    /// Why it is sent.
    public let reason: NotificationReason
    /// The address that it says it was sent from.
    public let externalURL: String
    /// When it was made.
    public let createdAt: Timestamp
    /// The number of the group's notification.
    public let sequence: UInt64

    /// Makes a notification.
    public init(
        id: NotificationID, tenant: TenantID, receiver: String, groupKey: String, groupLabels: LabelSet,
        alerts: [NotifiedAlert], truncatedAlerts: Int, reason: NotificationReason, externalURL: String,
        createdAt: Timestamp, sequence: UInt64
    ) {
        self.id = id
        self.tenant = tenant
        self.receiver = receiver
        self.groupKey = groupKey
        self.groupLabels = groupLabels
        self.alerts = alerts
        self.truncatedAlerts = truncatedAlerts
        self.reason = reason
        self.externalURL = externalURL
        self.createdAt = createdAt
        self.sequence = sequence
    }

    /// The same, but for the alerts.
    public func telling(_ alerts: [NotifiedAlert]) -> Notification {
        Notification(
            id: id, tenant: tenant, receiver: receiver, groupKey: groupKey, groupLabels: groupLabels, alerts: alerts,
            truncatedAlerts: truncatedAlerts, reason: reason, externalURL: externalURL, createdAt: createdAt,
            sequence: sequence)
    }

    /// One of the parts that it is told in where it is too large, under a name of its own.
    ///
    /// Whoever keeps names to notice what comes twice would drop the second part if all had one name.
    ///
    /// - Parameter number: From 1; the same alerts must have the same number at every attempt.
    public func part(_ number: Int, telling alerts: [NotifiedAlert]) -> Notification {
        Notification(
            id: NotificationID("\(id.text)-\(number)"), tenant: tenant, receiver: receiver, groupKey: groupKey,
            groupLabels: groupLabels, alerts: alerts, truncatedAlerts: truncatedAlerts, reason: reason,
            externalURL: externalURL, createdAt: createdAt, sequence: sequence)
    }

    /// Firing while one of its alerts is.
    public var status: AlertStatus { alerts.contains { $0.status == .firing } ? .firing : .resolved }

    /// The alerts that fire.
    public var firing: [NotifiedAlert] { alerts.filter { $0.status == .firing } }

    /// The alerts that ended.
    public var resolved: [NotifiedAlert] { alerts.filter { $0.status == .resolved } }

    /// The labels that all alerts share.
    public var commonLabels: LabelSet { common(\.labels) }

    /// The annotations that all alerts share.
    public var commonAnnotations: LabelSet { common(\.annotations) }

    private func common(_ part: (Alert) -> LabelSet) -> LabelSet {
        guard let first = alerts.first else { return LabelSet() }
        return alerts.dropFirst().reduce(part(first.alert)) { $0.common(with: part($1.alert)) }
    }

    /// Writes the notification to a record.
    public func write(to writer: inout RecordWriter) {
        writer.write(byte: 1)
        writer.write(id.text)
        writer.write(tenant.name)
        writer.write(receiver)
        writer.write(groupKey)
        groupLabels.write(to: &writer)
        writer.write(UInt64(alerts.count))
        for item in alerts {
            item.alert.write(to: &writer)
            writer.write(byte: item.status == .firing ? 1 : 0)
        }
        writer.write(UInt64(truncatedAlerts))
        writer.write(reason.rawValue)
        writer.write(externalURL)
        writer.write(createdAt)
        writer.write(sequence)
    }

    /// Reads what ``write(to:)`` wrote.
    ///
    /// - Throws: `RecordError` if the record is damaged or of a version that this build does not know.
    public init(from reader: inout RecordReader) throws(RecordError) {
        guard try reader.readByte() == 1 else {
            throw RecordError(message: "a notification of a version that this build does not know")
        }
        id = NotificationID(try reader.readString())
        guard let tenant = TenantID(try reader.readString()) else {
            throw RecordError(message: "a notification without a tenant")
        }
        self.tenant = tenant
        receiver = try reader.readString()
        groupKey = try reader.readString()
        groupLabels = try LabelSet(from: &reader)
        var alerts: [NotifiedAlert] = []
        for _ in 0..<(try reader.readCount()) {
            let alert = try Alert(from: &reader)
            alerts.append(NotifiedAlert(alert: alert, status: try reader.readByte() == 1 ? .firing : .resolved))
        }
        self.alerts = alerts
        truncatedAlerts = Int(clamping: try reader.readUInt())
        guard let reason = NotificationReason(rawValue: try reader.readString()) else {
            throw RecordError(message: "a notification for a reason that this build does not know")
        }
        self.reason = reason
        externalURL = try reader.readString()
        createdAt = try reader.readTimestamp()
        sequence = try reader.readUInt()
    }
}
