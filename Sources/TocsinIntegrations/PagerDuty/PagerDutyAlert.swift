import Crypto
import TocsinAlerts
import TocsinCore

/// An alert event in Tocsin's own form, for version 2 of PagerDuty's Events API.
///
/// Source: <https://developer.pagerduty.com/docs/send-alert-event>.
struct PagerDutyAlert: Sendable {
    private static let keyLimit = 255
    private static let fieldLimit = 255

    let routingKey: Secret
    /// Named among the details, for rules that choose by it.
    let escalationPolicy: String?

    /// What incidents of a group are told apart by: the same for all its notifications.
    static func dedupKey(_ notification: Notification) -> String {
        let digest = SHA256.hash(data: Array((notification.receiver + "\n" + notification.groupKey).utf8))
        let key = "tocsin/\(notification.tenant)/" + Hexadecimal.encode(digest.prefix(16))
        return String(key.suffix(keyLimit))
    }

    /// Writes the event.
    ///
    /// - Parameters:
    ///   - dedupKey: What the incident is known by.
    ///   - hasDetails: Whether there is room for details.
    func encode(
        _ action: IncidentAction, _ notification: Notification, dedupKey: String, hasDetails: Bool = true
    ) -> [UInt8] {
        guard action == .trigger else { return follow(action, dedupKey: dedupKey) }
        let all = hasDetails ? PagerDutyDetails.sizes : []
        var bytes: [UInt8] = []
        for size in all + [.numbers] {
            bytes = trigger(notification, dedupKey: dedupKey, details: size)
            if bytes.count <= PagerDutyDetails.eventLimit { break }
        }
        return bytes
    }

    /// What tells of an incident that is there: its key says all.
    private func follow(_ action: IncidentAction, dedupKey: String) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writeHead(action, dedupKey: dedupKey, to: &$0) }
        return writer.bytes
    }

    private func writeHead(_ action: IncidentAction, dedupKey: String, to writer: inout JSONWriter) {
        writer.member("routing_key", routingKey.reveal())
        writer.member("event_action", action.rawValue)
        writer.member("dedup_key", dedupKey)
    }

    private func trigger(
        _ notification: Notification, dedupKey: String, details: PagerDutyDetails.Size
    ) -> [UInt8] {
        let message = AlertMessage(notification)
        let common = notification.commonLabels
        var writer = JSONWriter()
        writer.object { writer in
            writeHead(.trigger, dedupKey: dedupKey, to: &writer)
            writer.member("client", "Tocsin")
            if !notification.externalURL.isEmpty { writer.member("client_url", notification.externalURL) }
            writer.name("payload")
            writer.object { writer in
                let source = common["instance"] ?? common["job"] ?? notification.tenant.name
                writer.member("summary", PagerDutyDetails.summary(message))
                writer.member("source", PagerDutyAlert.field(source))
                writer.member("severity", SeverityMapping.row(of: notification).pagerDuty)
                let first = notification.firing.first ?? notification.alerts.first
                if let first { writer.member("timestamp", first.alert.startsAt.rfc3339Milliseconds) }
                writer.member("group", PagerDutyAlert.field(notification.tenant.name))
                if let service = common["service"] ?? common["job"] {
                    writer.member("component", PagerDutyAlert.field(service))
                }
                if let name = common["alertname"] { writer.member("class", PagerDutyAlert.field(name)) }
                let policy = escalationPolicy.map { [("escalation_policy", $0)] } ?? []
                PagerDutyDetails.write(notification, more: policy, size: details, to: &writer)
            }
            PagerDutyDetails.writeLinks(message, to: &writer)
            PagerDutyDetails.writeImages(message, to: &writer)
        }
        return writer.bytes
    }

    private static func field(_ text: String) -> String {
        Truncation.plain(PlainText.line(text, orElse: "unknown"), limit: fieldLimit)
    }
}
