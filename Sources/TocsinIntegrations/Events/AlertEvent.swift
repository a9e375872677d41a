import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// A notification, or one of its alerts, as an event that machines take.
struct AlertEvent: Sendable, Hashable {
    /// The same at every attempt, and of no other event.
    let id: String
    let status: AlertStatus
    /// What it is about: the hash of the group's key, or the alert's fingerprint.
    let subject: String
    /// The same for all events of a group.
    let group: String
    /// When it happened.
    let time: Timestamp
    /// A JSON object.
    let data: [UInt8]

    /// The name of its kind, as CloudEvents wants names of kinds.
    var type: String { "io.tocsin.alert." + status.rawValue }
}

/// Which events a receiver's notifications become.
///
/// Settings: `per_alert`, an event for each alert instead of one for the notification; `payload`, JSON whose texts are
/// templates, instead of the built-in data: Alertmanager's webhook, version 4, or one of its alerts with what it needs of
/// the rest.
struct AlertEvents: Sendable {
    /// How long texts may be, in bytes, where the whole is too large otherwise.
    private static let textLimits = [Int.max, 4096, 1024]
    /// The same for a single alert, which cannot be told in parts.
    private static let lastTextLimits = [256, 64]

    let isPerAlert: Bool
    private let payload: WebhookPayload?
    private let zoneFile: ZoneFile

    init(_ context: IntegrationContext) {
        isPerAlert = context.reader.bool("per_alert") ?? false
        payload = TemplatedValue("payload", in: context).map(WebhookPayload.init)
        zoneFile = context.zoneFile
        if isPerAlert, payload != nil {
            context.reader.report(
                "setting_conflict", "'payload' tells of a whole notification; take 'per_alert' away", name: "payload")
        }
    }

    /// Too large even so: worth telling in parts, if there are some.
    struct TooLarge: Error {}

    /// The events of a notification.
    ///
    /// - Parameter limit: For the data of each, in bytes.
    /// - Throws: ``TooLarge``, or what rendering throws.
    func events(of notification: Notification, now: Timestamp, limit: Int) throws -> [AlertEvent] {
        let group = notification.groupKeyHash
        guard isPerAlert else {
            let data = try fit(limit, isLast: notification.alerts.count <= 1) { longest in
                guard let payload else {
                    return WebhookV4.encode(notification, longestText: longest).dropLast()
                }
                return try payload.encode(MessageRenderer(notification, now: now, zoneFile: zoneFile))[...]
            }
            let event = AlertEvent(
                id: notification.id.text, status: notification.status, subject: group, group: group,
                time: notification.createdAt, data: data)
            return [event]
        }
        return try notification.alerts.map { item in
            let fingerprint = Hexadecimal.encode(item.alert.fingerprint)
            return AlertEvent(
                id: notification.id.text + "-" + fingerprint, status: item.status, subject: fingerprint, group: group,
                time: item.status == .resolved ? item.alert.endsAt : item.alert.startsAt,
                data: try fit(limit, isLast: true) { AlertEvents.data(of: item, in: notification, longest: $0)[...] })
        }
    }

    private func fit(
        _ limit: Int, isLast: Bool, _ encode: (Int) throws -> ArraySlice<UInt8>
    ) throws -> [UInt8] {
        for longest in AlertEvents.textLimits + (isLast ? AlertEvents.lastTextLimits : []) {
            let data = try encode(longest)
            if data.count <= limit { return Array(data) }
            // What a tenant composed is not cut.
            if payload != nil { break }
        }
        throw TooLarge()
    }

    private static func data(of item: NotifiedAlert, in notification: Notification, longest: Int) -> [UInt8] {
        func cut(_ text: String) -> String { Truncation.bytesWithoutMark(text, limit: longest) }
        var writer = JSONWriter()
        writer.object { writer in
            WebhookV4.write(item, longestText: longest, to: &writer)
            writer.member("receiver", notification.receiver)
            writer.member("externalURL", notification.externalURL)
            writer.member("groupKey", cut(notification.groupKey))
            writer.member("groupLabels", notification.groupLabels.labels.map { ($0.name, cut($0.value)) })
        }
        return writer.bytes
    }
}
