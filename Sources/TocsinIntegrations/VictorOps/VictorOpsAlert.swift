import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinRouting

/// The body for the REST endpoint of Splunk On-Call, in Tocsin's own form, or in that of Alertmanager where one of its
/// texts is set.
///
/// Limits: <https://help.splunk.com/en/splunk-on-call/alerts/incident-fields-glossary>: 512 characters for the incident's
/// key, 20,480 for its text, 1,124 for an annotation and 1,024 for any other field.
struct VictorOpsAlert: Sendable {
    private typealias Texts = [(name: String, text: MessageTemplate)]

    /// The texts of Alertmanager's form.
    private struct Form: Sendable {
        let messageType: MessageTemplate
        let stateMessage: MessageTemplate
        let others: Texts
    }

    private static let messageLimit = 20_480
    private static let fieldLimit = 1024
    private static let annotationLimit = 1124
    private static let maximumLinks = 10

    /// The settings that ask for Alertmanager's form.
    private static let names = ["message_type", "state_message", "entity_display_name", "monitoring_tool"]
    /// The members that a custom field must not have the name of.
    private static let reserved = Set(names + ["entity_id", "entity_state", "state_start_time", "timestamp"])

    private let form: Form?
    private let customFields: Texts

    init(_ context: IntegrationContext) {
        form =
            context.wantsTexts(VictorOpsAlert.names, of: "victorops")
            ? Form(
                messageType: context.text("message_type", default: "CRITICAL"),
                stateMessage: context.text("state_message", template: "victorops.default.state_message"),
                others: ["entity_display_name", "monitoring_tool"].map { name in
                    (name, context.text(name, template: "victorops.default." + name))
                })
            : nil
        customFields = context.texts("custom_fields")
        for (name, _) in customFields where VictorOpsAlert.reserved.contains(name) {
            context.reader.report(
                "value_invalid", "a custom field must not be called '\(name)': that is a field of its own",
                name: "custom_fields")
        }
    }

    /// Writes the body.
    func encode(_ action: IncidentAction, _ notification: Notification, _ render: MessageRenderer) throws -> [UInt8] {
        var writer = JSONWriter()
        try writer.object { writer in
            writer.member("message_type", try type(action, notification, render))
            writer.member("entity_id", notification.groupKeyHash)
            if let form {
                let message = try render(form.stateMessage)
                writer.member("state_message", Truncation.scalars(message, limit: VictorOpsAlert.messageLimit))
                for (name, text) in try render(form.others + customFields) { writer.member(name, text) }
            } else {
                writeNative(notification, to: &writer)
                for (name, text) in try render(customFields) { writer.member(name, VictorOpsAlert.field(text)) }
            }
        }
        return writer.bytes
    }

    private func type(
        _ action: IncidentAction, _ notification: Notification, _ render: MessageRenderer
    ) throws -> String {
        switch action {
        case .resolve: return "RECOVERY"
        case .acknowledge: return "ACKNOWLEDGEMENT"
        case .trigger: break
        }
        guard let form else { return SeverityMapping.row(of: notification).victorOps }
        let wanted = try render(form.messageType)
        return ["INFO", "WARNING", "CRITICAL"].contains(wanted) ? wanted : "CRITICAL"
    }

    private func writeNative(_ notification: Notification, to writer: inout JSONWriter) {
        let message = AlertMessage(notification)
        writer.member("entity_display_name", VictorOpsAlert.field(message.titleLine))
        writer.member(
            "state_message",
            Markup.plain(in: .utf16).text(message, limit: VictorOpsAlert.messageLimit, hasTitle: false))
        writer.member("monitoring_tool", "Tocsin")
        let starts = (notification.firing.isEmpty ? notification.alerts : notification.firing).map(\.alert.startsAt)
        if let start = starts.min() { writer.member("state_start_time", start.milliseconds / 1000) }
        let fields = [("tenant", notification.tenant.name), ("severity", MessageText.severity(notification).word)]
        let own = Set(customFields.map(\.name))
        for (name, text) in fields where !own.contains(name) { writer.member(name, VictorOpsAlert.field(text)) }
        writeLinks(message, to: &writer)
    }

    /// Annotations, which must differ in their names; an address that is cut leads nowhere.
    private func writeLinks(_ message: AlertMessage, to writer: inout JSONWriter) {
        var links = message.links
        for link in message.items.flatMap(\.links) where !links.contains(link) { links.append(link) }
        var counts: [String: Int] = [:]
        let own = Set(customFields.map(\.name))
        func write(_ kind: String, _ title: String, _ url: String) {
            counts[title, default: 0] += 1
            let number = counts[title, default: 1]
            let name = "vo_annotate.\(kind).\(title)" + (number > 1 ? " \(number)" : "")
            guard !own.contains(name) else { return }
            writer.member(name, url)
        }
        let fitting = links.filter { TextUnit.utf16.count($0.url) <= VictorOpsAlert.annotationLimit }
        for link in fitting.prefix(VictorOpsAlert.maximumLinks) { write("u", link.title, link.url) }
        for image in message.images where TextUnit.utf16.count(image) <= VictorOpsAlert.annotationLimit {
            write("i", "Image", image)
        }
    }

    private static func field(_ text: String) -> String { Truncation.plain(text, limit: fieldLimit) }
}
