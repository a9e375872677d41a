import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinRouting

/// The body for a flow: properties that it reads, who is called, and how urgent it is.
struct XMattersEvent: Sendable {
    // The vendor names no limit of the whole; a property of type text takes 20,000 characters.
    private static let sizeLimit = 512_000
    private static let textLimits = [20_000, 4000, 500]
    private static let titleLimit = 1000
    private static let priorities = ["LOW", "MEDIUM", "HIGH"]
    private static let maximumProperties = 100

    private let title: MessageTemplate?
    private let message: MessageTemplate?
    private let priority: MessageTemplate?
    private let recipients: [MessageTemplate]
    private let properties: [(name: String, text: MessageTemplate)]

    init(_ context: IntegrationContext) {
        let reader = context.reader
        func optional(_ name: String) -> MessageTemplate? { reader.has(name) ? context.text(name) : nil }
        title = optional("title")
        message = optional("message")
        priority = optional("priority")
        recipients = (reader.stringList("recipients") ?? []).map { context.template($0, name: "recipients") }
        properties = context.texts("properties")
        if properties.count > XMattersEvent.maximumProperties {
            reader.report(
                "properties_too_many", "'properties' has more than \(XMattersEvent.maximumProperties) members",
                name: "properties")
        }
    }

    /// Writes the body, its texts as long as there is room for them.
    func encode(_ notification: Notification, _ render: MessageRenderer) throws -> [UInt8] {
        var bytes: [UInt8] = []
        for limit in XMattersEvent.textLimits {
            bytes = try encode(notification, textLimit: limit, render)
            if bytes.count <= XMattersEvent.sizeLimit { break }
        }
        return bytes
    }

    private func encode(_ notification: Notification, textLimit: Int, _ render: MessageRenderer) throws -> [UInt8] {
        let own = try render(properties)
        let names = Set(own.map(\.0))
        let standard = try self.standard(notification, textLimit: textLimit, render).filter { !names.contains($0.0) }
        let recipients = try self.recipients.map(render.callAsFunction).filter { !$0.isEmpty }
        var writer = JSONWriter()
        try writer.object { writer in
            writer.member("properties", standard + own.map { ($0, Truncation.plain($1, limit: textLimit)) })
            if !recipients.isEmpty {
                writer.name("recipients")
                writer.array { writer in
                    for recipient in recipients {
                        writer.object { $0.member("id", Truncation.plain(recipient, limit: textLimit)) }
                    }
                }
            }
            writer.member("priority", try priorityWord(notification, render))
        }
        return writer.bytes
    }

    private func standard(
        _ notification: Notification, textLimit: Int, _ render: MessageRenderer
    ) throws -> [(String, String)] {
        let alerts = AlertMessage(notification)
        let title = try self.title.map { PlainText.line(try render($0), orElse: "Alerts") } ?? alerts.titleLine
        let message =
            try self.message.map { Truncation.plain(PlainText.printable(try render($0)), limit: textLimit) }
            ?? Markup.plain(in: .scalars).text(alerts, limit: textLimit, hasTitle: false)
        return [
            ("alert", Truncation.plain(title, limit: XMattersEvent.titleLimit)), ("message", message),
            ("status", notification.status.rawValue), ("severity", MessageText.severity(notification).word),
            ("fingerprint", notification.groupKeyHash), ("tenant", notification.tenant.name),
            ("receiver", Truncation.plain(notification.receiver, limit: XMattersEvent.titleLimit)),
            ("reason", notification.reason.rawValue), ("num_firing", String(notification.firing.count)),
            ("num_resolved", String(notification.resolved.count)),
            ("labels", Truncation.plain(alerts.factLine, limit: textLimit)), ("url", notification.externalURL),
        ] + (alerts.links.map { ($0.title.lowercased() + "_url", $0.url) })
    }

    private func priorityWord(_ notification: Notification, _ render: MessageRenderer) throws -> String {
        let wanted = try priority.map { PlainText.line(try render($0)).uppercased() } ?? ""
        // Another word would be refused, and the event with it.
        return XMattersEvent.priorities.contains(wanted) ? wanted : SeverityMapping.row(of: notification).xMatters
    }
}
