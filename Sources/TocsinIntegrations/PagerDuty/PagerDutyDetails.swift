import TocsinAlerts

/// What alert events and change events of PagerDuty have in common.
enum PagerDutyDetails {
    /// How much is said beside the summary.
    struct Size {
        let alerts: Int
        let textLimit: Int
        let labels: Int

        /// Only numbers.
        static let numbers = Size(alerts: 0, textLimit: 0, labels: 0)
    }

    /// The vendor's limit for a whole event, 512 KB, taken as the smaller of its two readings.
    static let eventLimit = 512_000
    private static let summaryLimit = 1024
    private static let maximumLinks = 20

    /// From the most to the least; an event has the first that keeps it within its limit.
    static let sizes = [Size(alerts: 50, textLimit: 2048, labels: 100), Size(alerts: 20, textLimit: 256, labels: 50)]

    /// The title, and what the first alert says.
    static func summary(_ message: AlertMessage) -> String {
        let first = message.items.first.map { ": " + PlainText.line($0.text) } ?? ""
        return Truncation.plain(message.titleLine + first, limit: summaryLimit)
    }

    /// Writes `custom_details`.
    static func write(
        _ notification: Notification, more: [(String, String)], size: Size, to writer: inout JSONWriter
    ) {
        let shared = MessageText.shared(notification)
        writer.name("custom_details")
        writer.object { writer in
            writer.member("num_firing", notification.firing.count)
            writer.member("num_resolved", notification.resolved.count)
            for (name, text) in more { writer.member(name, text) }
            guard size.alerts > 0 else { return }
            writer.member(
                "labels",
                notification.commonLabels.labels.prefix(size.labels).map {
                    ($0.name, Truncation.plain($0.value, limit: size.textLimit))
                })
            writer.name("alerts")
            writer.array { writer in
                for item in notification.alerts.prefix(size.alerts) {
                    let labels = MessageText.differing(item.alert, from: shared)
                    let text = "\(item.status.rawValue): \(MessageText.line(item.alert)) \(labels)"
                    writer.value(Truncation.plain(PlainText.line(text), limit: size.textLimit))
                }
            }
            let omitted = notification.alerts.count - size.alerts + notification.truncatedAlerts
            if omitted > 0 { writer.member("num_not_listed", omitted) }
        }
    }

    /// Writes `links`: those that all alerts share, then those of single ones.
    static func writeLinks(_ message: AlertMessage, to writer: inout JSONWriter) {
        var links = message.links
        for link in message.items.flatMap(\.links) where !links.contains(link) { links.append(link) }
        guard !links.isEmpty else { return }
        writer.name("links")
        writer.array { writer in
            for link in links.prefix(maximumLinks) {
                writer.object { writer in
                    writer.member("href", link.url)
                    writer.member("text", link.title)
                }
            }
        }
    }

    /// Writes `images`, which the vendor takes over HTTPS only.
    static func writeImages(_ message: AlertMessage, to writer: inout JSONWriter) {
        guard !message.images.isEmpty else { return }
        writer.name("images")
        writer.array { writer in
            for image in message.images {
                writer.object { writer in
                    writer.member("src", image)
                    writer.member("href", image)
                    writer.member("alt", message.titleLine)
                }
            }
        }
    }
}
