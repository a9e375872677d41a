import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinRouting

/// An event for Datadog in either version of its interface.
///
/// Limits of version 2: 500 characters for the title, 4,000 for the message, 100 for the aggregation key and tags, 255 for
/// the host, 100 properties, 20 links. Version 1 has the same ones for the text, and takes titles of 100.
struct DatadogEvent: Sendable {
    private static let textLimit = 4000
    private static let titleLimits = (version1: 100, version2: 500)
    private static let maximumTags = 100
    private static let tagLimit = 200
    private static let hostLimit = 255
    private static let maximumLabels = 80
    private static let maximumLinks = 20
    /// Datadog refuses what happened 18 hours ago or earlier; a request takes its time too.
    private static let oldest: Duration = .seconds(18 * 3600 - 300)

    private let title: MessageTemplate?
    private let message: MessageTemplate?
    private let host: MessageTemplate?
    private let tags: [MessageTemplate]
    private let sourceTypeName: String

    init(_ context: IntegrationContext) {
        let reader = context.reader
        func optional(_ name: String) -> MessageTemplate? { reader.has(name) ? context.text(name) : nil }
        title = optional("title")
        message = optional("message")
        host = optional("host")
        tags = (reader.stringList("tags") ?? []).map { context.template($0, name: "tags") }
        sourceTypeName = reader.string("source_type_name") ?? ""
    }

    /// Writes the body of version 1.
    func encodeVersion1(_ notification: Notification, _ render: MessageRenderer, now: Timestamp) throws -> [UInt8] {
        var writer = JSONWriter()
        try writer.object { writer in
            writer.member("title", try title(notification, limit: DatadogEvent.titleLimits.version1, render))
            writer.member("text", try text(notification, render))
            writer.member("alert_type", SeverityMapping.row(of: notification).datadogAlertType)
            writer.member("priority", "normal")
            writer.member("aggregation_key", notification.groupKeyHash)
            writer.memberUnlessEmpty("tags", try tags(notification, render))
            if let time = DatadogEvent.time(of: notification, now: now) {
                writer.member("date_happened", time.milliseconds / 1000)
            }
            writer.memberUnlessEmpty("host", try host(notification, render))
            writer.memberUnlessEmpty("source_type_name", sourceTypeName)
        }
        return writer.bytes
    }

    /// Writes the body of version 2.
    func encodeVersion2(_ notification: Notification, _ render: MessageRenderer, now: Timestamp) throws -> [UInt8] {
        var writer = JSONWriter()
        try writer.object { writer in
            writer.name("data")
            try writer.object { writer in
                writer.member("type", "event")
                writer.name("attributes")
                try writer.object { writer in
                    writer.member("title", try title(notification, limit: DatadogEvent.titleLimits.version2, render))
                    writer.member("category", "alert")
                    writer.member("message", try text(notification, render))
                    writer.member("aggregation_key", notification.groupKeyHash)
                    writer.memberUnlessEmpty("tags", try tags(notification, render))
                    if let time = DatadogEvent.time(of: notification, now: now) {
                        writer.member("timestamp", time.rfc3339Milliseconds)
                    }
                    writer.memberUnlessEmpty("host", try host(notification, render))
                    writer.member("integration_id", "custom-events")
                    DatadogEvent.writeAttributes(notification, to: &writer)
                }
            }
        }
        return writer.bytes
    }

    private static func writeAttributes(_ notification: Notification, to writer: inout JSONWriter) {
        let row = SeverityMapping.row(of: notification)
        writer.name("attributes")
        writer.object { writer in
            writer.member("status", row.datadogStatus)
            writer.member("priority", row.datadogPriority)
            writer.name("custom")
            writer.object { writer in
                writer.member("fingerprint", notification.groupKeyHash)
                writer.member("severity", MessageText.severity(notification).word)
                writer.member("reason", notification.reason.rawValue)
                writer.member("num_firing", notification.firing.count)
                writer.member("num_resolved", notification.resolved.count)
                writer.member(
                    "labels",
                    notification.commonLabels.labels.prefix(maximumLabels).map {
                        (
                            Truncation.plain($0.name, limit: DatadogEvent.tagLimit),
                            Truncation.plain($0.value, limit: DatadogEvent.tagLimit)
                        )
                    })
            }
            writeLinks(AlertMessage(notification), to: &writer)
        }
    }

    private static func writeLinks(_ message: AlertMessage, to writer: inout JSONWriter) {
        var links = message.links
        for link in message.items.flatMap(\.links) where !links.contains(link) { links.append(link) }
        guard !links.isEmpty else { return }
        let categories = ["Runbook": "runbook", "Dashboard": "dashboard"]
        writer.name("links")
        writer.array { writer in
            for link in links.prefix(maximumLinks) {
                writer.object { writer in
                    writer.member("category", categories[link.title] ?? "resource")
                    writer.member("title", link.title)
                    writer.member("url", link.url)
                }
            }
        }
    }

    private func title(_ notification: Notification, limit: Int, _ render: MessageRenderer) throws -> String {
        let title = try self.title.map { PlainText.line(try render($0), orElse: "Alerts") }
        return Truncation.plain(title ?? AlertMessage(notification).titleLine, limit: limit)
    }

    /// Datadog calls whom a text names behind an `@`: what alerts say must call nobody.
    private static let markup = Markup.plain(in: .utf16, breaking: "@")

    private func text(_ notification: Notification, _ render: MessageRenderer) throws -> String {
        if let message {
            let text = PlainText.printable(try render(message), orElse: "(no details)")
            return Truncation.plain(text, limit: DatadogEvent.textLimit, in: .utf16)
        }
        return DatadogEvent.markup.text(
            AlertMessage(notification), limit: DatadogEvent.textLimit, hasTitle: false)
    }

    private func tags(_ notification: Notification, _ render: MessageRenderer) throws -> [String] {
        let labels = notification.commonLabels.labels.map { "\($0.name):\($0.value)" }
        let own = try tags.map(render.callAsFunction)
        let all = ["tenant:\(notification.tenant.name)", "status:\(notification.status.rawValue)"] + own + labels
        var kept: [String] = []
        for tag in all.map({ Truncation.plain(PlainText.line($0), limit: DatadogEvent.tagLimit) })
        where !tag.isEmpty && !kept.contains(tag) && kept.count < DatadogEvent.maximumTags {
            kept.append(tag)
        }
        return kept
    }

    private func host(_ notification: Notification, _ render: MessageRenderer) throws -> String {
        let common = notification.commonLabels
        let host = try self.host.map(render.callAsFunction) ?? common["host"] ?? common["instance"] ?? ""
        return Truncation.plain(PlainText.line(host), limit: DatadogEvent.hostLimit)
    }

    /// When it was noticed, unless that is too long ago to be taken: then the time of arrival counts.
    private static func time(of notification: Notification, now: Timestamp) -> Timestamp? {
        let age = now - notification.createdAt
        return age >= .zero && age < oldest ? notification.createdAt : nil
    }
}
