import Crypto
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinRouting

/// Triggers and resolves incidents over PagerDuty's Events API v2, one incident a group.
///
/// Events have a form of their own, or that of Alertmanager where one of its texts is set.
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

    private enum Format: Sendable {
        case native(key: Secret, escalationPolicy: String?)
        case templates(PagerDutyEvent)
    }

    private let url: Secret
    private let autoResolve: Bool
    private let format: Format
    private let http: HTTPSettings
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        let reader = context.reader
        http = HTTPSettings(reader)
        zoneFile = context.zoneFile
        let region = reader.oneOf("region", Region.self) ?? .us
        let address = reader.url("url") ?? Secret(region.url)
        autoResolve = reader.bool("auto_resolve") ?? true
        if PagerDutyEvent.isWanted(reader) {
            guard let event = PagerDutyEvent(context) else { return nil }
            url = event.version == .one ? Secret(PagerDutyEvent.addressOfVersion1) : address
            format = .templates(event)
            return
        }
        url = address
        let policy = reader.string("escalation_policy")
        guard let key = PagerDutyIntegration.key(reader) else { return nil }
        format = .native(key: key, escalationPolicy: policy)
    }

    private static func key(_ reader: MappingReader) -> Secret? {
        if reader.has("routing_key_file") { return reader.secretOrFile("routing_key") }
        let name = reader.has("routing_key") ? "routing_key" : "integration_key"
        _ = reader.node("integration_key")
        guard reader.has(name) else {
            reader.report("setting_missing", "'integration_key' is missing")
            return nil
        }
        return reader.requiredString(name).map(Secret.init)
    }

    var sendsResolved: Bool { autoResolve }

    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        switch format {
        case .native(let key, let escalationPolicy):
            let body = encode(notification, key: key, escalationPolicy: escalationPolicy)
            return http.request(to: url, body: body, secrets: [key])
        case .templates(let event):
            let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
            let (body, key) = try event.encode(notification, render)
            return http.request(to: url, body: body, secrets: [key])
        }
    }

    private func encode(_ notification: Notification, key: Secret, escalationPolicy: String?) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("routing_key", key.reveal())
            writer.member("event_action", notification.status == .firing ? "trigger" : "resolve")
            writer.member("dedup_key", PagerDutyIntegration.dedupKey(notification))
            guard notification.status == .firing else { return }
            writer.member("client", "Tocsin")
            if !notification.externalURL.isEmpty { writer.member("client_url", notification.externalURL) }
            writePayload(notification, escalationPolicy: escalationPolicy, to: &writer)
            writeLinks(notification, to: &writer)
        }
        return writer.bytes
    }

    /// The same for every notification of a group, at most 255 characters as the vendor asks.
    static func dedupKey(_ notification: Notification) -> String {
        let digest = SHA256.hash(data: Array((notification.receiver + "\n" + notification.groupKey).utf8))
        return "tocsin/\(notification.tenant)/" + Hexadecimal.encode(digest.prefix(16))
    }

    private func writePayload(
        _ notification: Notification, escalationPolicy: String?, to writer: inout JSONWriter
    ) {
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
        // Version 1 says with 403 that there are too many requests.
        if case .templates(let event) = format, event.version == .one, response.status == 403 {
            return .retry(after: RetryAfter.read(response, now: now), reason: .rateLimited)
        }
        return plain(response, now: now)
    }
}
