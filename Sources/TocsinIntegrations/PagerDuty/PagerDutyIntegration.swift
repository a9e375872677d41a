import Crypto
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinRouting

/// Triggers and resolves incidents over PagerDuty's Events API v2, one incident a group.
///
/// Source: <https://developer.pagerduty.com/docs/events-api-v2-overview>.
struct PagerDutyIntegration: Integration {
    enum Region: String, CaseIterable {
        case us
        case eu

        var url: String {
            switch self {
            case .us: "https://events.pagerduty.com/v2/enqueue"
            case .eu: "https://events.eu.pagerduty.com/v2/enqueue"
            }
        }
    }

    // The vendor's limits: 1,024 characters for the summary, 512 KB for the whole event.
    private static let summaryLimit = 1024
    private static let detailAlerts = 50

    private let url: Secret
    private let key: Secret
    private let autoResolve: Bool
    private let escalationPolicy: String?

    init?(_ reader: MappingReader) {
        let name = reader.has("routing_key") ? "routing_key" : "integration_key"
        if !reader.has(name) { reader.report("setting_missing", "'integration_key' is missing") }
        let key = reader.has(name) ? reader.requiredString(name).map(Secret.init) : nil
        _ = reader.node("integration_key")
        let region = reader.oneOf("region", Region.self) ?? .us
        url = reader.url("url") ?? Secret(region.url)
        autoResolve = reader.bool("auto_resolve") ?? true
        escalationPolicy = reader.string("escalation_policy")
        guard let key else { return nil }
        self.key = key
    }

    var sendsResolved: Bool { autoResolve }

    func request(for notification: Notification, attempt: Int, now: Timestamp) -> DeliveryRequest {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("routing_key", key.reveal())
            writer.member("event_action", notification.status == .firing ? "trigger" : "resolve")
            writer.member("dedup_key", PagerDutyIntegration.dedupKey(notification))
            guard notification.status == .firing else { return }
            writer.member("client", "Tocsin")
            if !notification.externalURL.isEmpty { writer.member("client_url", notification.externalURL) }
            writePayload(notification, to: &writer)
            writeLinks(notification, to: &writer)
        }
        return DeliveryRequest(
            url: url, headers: [.init("Content-Type", Secret("application/json"), isSecret: false)],
            body: writer.bytes, secrets: [key])
    }

    /// The same for every notification of a group, at most 255 characters as the vendor asks.
    static func dedupKey(_ notification: Notification) -> String {
        let digest = SHA256.hash(data: Array((notification.receiver + "\n" + notification.groupKey).utf8))
        return "tocsin/\(notification.tenant)/" + Hexadecimal.encode(digest.prefix(16))
    }

    private func writePayload(_ notification: Notification, to writer: inout JSONWriter) {
        let first = notification.firing.first ?? notification.alerts.first
        let common = notification.commonLabels
        writer.name("payload")
        writer.object { writer in
            let title = MessageText.title(notification)
            let line = first.map { ": " + MessageText.line($0.alert) } ?? ""
            writer.member(
                "summary", Truncation.characters(title + line, limit: PagerDutyIntegration.summaryLimit))
            writer.member("source", common["instance"] ?? common["job"] ?? notification.tenant.name)
            writer.member("severity", PagerDutyIntegration.severity(MessageText.severity(notification)))
            if let first { writer.member("timestamp", first.alert.startsAt.rfc3339Milliseconds) }
            writer.member("group", notification.tenant.name)
            if let name = common["alertname"] { writer.member("class", name) }
            writer.name("custom_details")
            writer.object { writer in
                writer.member("num_firing", notification.firing.count)
                writer.member("num_resolved", notification.resolved.count)
                if let escalationPolicy { writer.member("escalation_policy", escalationPolicy) }
                writer.member("labels", common)
                writer.name("alerts")
                writer.array { writer in
                    for item in notification.alerts.prefix(PagerDutyIntegration.detailAlerts) {
                        let labels = MessageText.differing(item.alert, in: notification)
                        let text = "\(item.status.rawValue): \(MessageText.line(item.alert)) \(labels)"
                        writer.value(Truncation.characters(text, limit: 2048))
                    }
                }
            }
        }
    }

    private func writeLinks(_ notification: Notification, to writer: inout JSONWriter) {
        let links = notification.alerts.prefix(1).flatMap { item in
            [("Source", item.alert.generatorURL), ("Runbook", item.alert.annotations["runbook_url"] ?? "")]
        }.filter { $0.1.hasPrefix("http") }
        guard !links.isEmpty else { return }
        writer.name("links")
        writer.array { writer in
            for (text, url) in links {
                writer.object { writer in
                    writer.member("href", url)
                    writer.member("text", text)
                }
            }
        }
    }

    private static func severity(_ severity: Severity) -> String {
        switch severity {
        case .none, .info: "info"
        case .warning: "warning"
        case .error: "error"
        case .critical: "critical"
        }
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        if (200..<300).contains(response.status) { return .delivered(vendorID: nil) }
        return common(response, now: now) ?? .reject(reason: .status(response.status))
    }
}
