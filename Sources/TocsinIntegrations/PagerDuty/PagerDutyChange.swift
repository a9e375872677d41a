import TocsinAlerts
import TocsinCore

/// A change event for PagerDuty: shown beside a service's incidents, and nobody is called for it.
///
/// Source: <https://developer.pagerduty.com/docs/send-change-event>.
struct PagerDutyChange: Sendable {
    private static let sourceLimit = 255

    let routingKey: Secret

    /// Writes the event.
    ///
    /// - Parameter hasDetails: Whether there is room for details.
    func encode(_ notification: Notification, hasDetails: Bool = true) -> [UInt8] {
        let all = hasDetails ? PagerDutyDetails.sizes : []
        var bytes: [UInt8] = []
        for size in all + [.numbers] {
            bytes = encode(notification, details: size)
            if bytes.count <= PagerDutyDetails.eventLimit { break }
        }
        return bytes
    }

    private func encode(_ notification: Notification, details: PagerDutyDetails.Size) -> [UInt8] {
        let message = AlertMessage(notification)
        let common = notification.commonLabels
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("routing_key", routingKey.reveal())
            writer.name("payload")
            writer.object { writer in
                writer.member("summary", PagerDutyDetails.summary(message))
                writer.member("timestamp", notification.createdAt.rfc3339Milliseconds)
                let source = common["instance"] ?? common["job"] ?? notification.tenant.name
                writer.member(
                    "source",
                    Truncation.plain(PlainText.line(source, orElse: "unknown"), limit: PagerDutyChange.sourceLimit))
                PagerDutyDetails.write(notification, more: [], size: details, to: &writer)
            }
            PagerDutyDetails.writeLinks(message, to: &writer)
            PagerDutyDetails.writeImages(message, to: &writer)
        }
        return writer.bytes
    }
}
