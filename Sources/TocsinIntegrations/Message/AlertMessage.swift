import TocsinAlerts
import TocsinCore
import TocsinRouting

/// What a message to people says of a notification, before it takes a vendor's form.
///
/// Nothing in it is escaped or cut: each vendor has its own rules for both.
struct AlertMessage: Sendable {
    /// Where to read on.
    struct Link: Sendable, Hashable {
        let title: String
        let url: String
    }

    /// One alert.
    struct Item: Sendable {
        let status: AlertStatus
        /// Its summary, else its description, else its name.
        let text: String
        /// Its description, where there is a summary as well.
        let detail: String?
        /// The labels that not all alerts of the notification have, as `name=value`.
        let labels: String
        let startsAt: Timestamp
        /// When it ended; `nil` while it fires.
        let endedAt: Timestamp?
        /// Its own links: those that all alerts share are the message's.
        let links: [Link]
    }

    /// `[FIRING:2] HighLatency (critical)`.
    let title: String
    let status: AlertStatus
    /// The worst severity among the alerts.
    let severity: Severity
    /// The labels that all alerts share, but for their name and severity, which the title says.
    let facts: [Label]
    /// The alerts that are shown, those that fire first.
    let items: [Item]
    /// How many more there are.
    let omitted: Int
    /// The links that all alerts share.
    let links: [Link]
    /// The pictures that alerts name in their annotation `image_url`, over HTTPS, each once.
    let images: [String]

    /// Makes the message.
    ///
    /// - Parameter limit: How many alerts are shown.
    init(_ notification: Notification, limit: Int = 20) {
        title = MessageText.title(notification)
        status = notification.status
        severity = MessageText.severity(notification)
        facts = notification.commonLabels.labels.filter { $0.name != "alertname" && $0.name != "severity" }
        let ordered = notification.firing + notification.resolved
        let shown = ordered.prefix(max(0, limit))
        let all = ordered.map { AlertMessage.links(of: $0.alert) }
        let shared = all.dropFirst().reduce(all.first ?? []) { links, others in links.filter(others.contains) }
        links = shared
        images = AlertMessage.images(of: ordered.map(\.alert))
        let common = MessageText.shared(notification)
        items = zip(shown, all).map { item, own in
            let annotations = item.alert.annotations
            return Item(
                status: item.status, text: MessageText.line(item.alert),
                detail: annotations["summary"] == nil ? nil : annotations["description"],
                labels: MessageText.differing(item.alert, from: common), startsAt: item.alert.startsAt,
                endedAt: item.status == .resolved ? item.alert.endsAt : nil, links: own.filter { !shared.contains($0) })
        }
        omitted = ordered.count - shown.count + notification.truncatedAlerts
    }

    /// Only web addresses are links: an annotation is written by whoever may send alerts.
    private static func links(of alert: Alert) -> [Link] {
        let named = [
            ("Runbook", alert.annotations["runbook_url"]), ("Dashboard", alert.annotations["dashboard_url"]),
            ("Source", alert.generatorURL), ("Silence", alert.annotations["silence_url"]),
            ("Acknowledge", alert.annotations["acknowledge_url"]),
        ]
        return named.compactMap { title, url in
            guard let url, isWebAddress(url) else { return nil }
            return Link(title: title, url: url)
        }
    }

    private static let maximumImages = 5

    private static func images(of alerts: [Alert]) -> [String] {
        var found: [String] = []
        for alert in alerts where found.count < maximumImages {
            guard let url = alert.annotations["image_url"], url.hasPrefix("https://"), isWebAddress(url),
                !found.contains(url)
            else { continue }
            found.append(url)
        }
        return found
    }

    private static func isWebAddress(_ text: String) -> Bool {
        (text.hasPrefix("https://") || text.hasPrefix("http://")) && text.utf8.count <= 2048
            && text.utf8.allSatisfy { $0 > 0x20 && $0 != 0x7F && !"<>\"|\\^`{}".utf8.contains($0) }
    }

    /// The colour that the status and severity are shown in, as `RRGGBB`.
    var colour: UInt32 {
        guard status == .firing else { return 0x2E_B886 }
        return switch severity {
        case .critical: 0xD6_3232
        case .error: 0xE8_602C
        case .warning: 0xDA_A038
        case .info, .none: 0x43_9FE0
        }
    }

    /// The colour as `#d63232`.
    var colourText: String { "#" + Hexadecimal.encode(UInt64(colour)).suffix(6) }

    /// The whole message as lines of plain text: for vendors without markup, and for fallbacks.
    ///
    /// The title is not among them.
    var plainLines: [String] {
        var lines: [String] = []
        for item in items {
            lines.append((item.status == .firing ? "" : "Resolved: ") + item.text)
            if let detail = item.detail { lines.append("  " + detail) }
            if !item.labels.isEmpty { lines.append("  " + item.labels) }
            for link in item.links { lines.append("  \(link.title): \(link.url)") }
        }
        if omitted > 0 { lines.append("… and \(omitted) more") }
        if !facts.isEmpty { lines.append(facts.map { "\($0.name)=\($0.value)" }.joined(separator: " ")) }
        for link in links { lines.append("\(link.title): \(link.url)") }
        return lines
    }
}
