import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinRouting

/// The bodies for Opsgenie's Alert API, in Tocsin's own form, or in that of Alertmanager where one of its texts is set.
///
/// Alertmanager cuts no text but the message, so its form comes in two: as Alertmanager sends it, and within the limits, for
/// when the vendor has refused that.
///
/// Limits: <https://docs.opsgenie.com/docs/alerts-and-alert-fields>. Formats: <https://docs.opsgenie.com/docs/alert-api>;
/// Alertmanager 0.25, `notify/opsgenie/opsgenie.go`.
struct OpsgenieAlert: Sendable {
    private typealias Texts = [(name: String, text: MessageTemplate)]

    /// The texts of Alertmanager's form.
    private struct Form: Sendable {
        let message: MessageTemplate
        let description: MessageTemplate
        let source: MessageTemplate
    }

    // The vendor's limits, in characters.
    private static let messageLimit = 130
    private static let descriptionLimit = 15_000
    private static let sourceLimit = 100
    private static let detailsLimit = 8000
    private static let tagLimit = 50
    private static let maximumTags = 20
    private static let actionLimit = 50
    private static let maximumActions = 10
    private static let noteLimit = 25_000
    private static let entityLimit = 512

    /// The settings that ask for Alertmanager's form.
    ///
    /// The others say more in either form.
    private static let names = ["message", "description", "source"]

    private let form: Form?
    private let details: Texts
    private let responders: OpsgenieResponders
    private let tags: MessageTemplate
    private let actions: MessageTemplate
    private let priority: MessageTemplate
    private let optionalTexts: Texts

    /// Whether it has Alertmanager's form.
    var isTemplated: Bool { form != nil }

    init(_ context: IntegrationContext) {
        form =
            context.wantsTexts(OpsgenieAlert.names, of: "opsgenie")
            ? Form(
                message: context.text("message", template: "opsgenie.default.message"),
                description: context.text("description", template: "opsgenie.default.description"),
                source: context.text("source", template: "opsgenie.default.source"))
            : nil
        details = context.texts("details")
        responders = OpsgenieResponders(context)
        tags = context.text("tags")
        actions = context.text("actions")
        priority = context.text("priority")
        optionalTexts = ["note", "entity"].map { ($0, context.text($0)) }
    }

    /// What opens an alert, or counts one more if it is open.
    ///
    /// - Parameter isCut: Whether all texts are cut to what the vendor takes, in Alertmanager's form as well.
    func encode(
        _ notification: TocsinAlerts.Notification, _ render: MessageRenderer, isCut: Bool = false
    ) throws -> [UInt8] {
        let isCut = isCut || form == nil
        func cut(_ text: String, _ limit: Int) -> String { isCut ? Truncation.plain(text, limit: limit) : text }
        func cut(_ texts: [String], _ count: Int, _ limit: Int) -> [String] {
            isCut ? texts.prefix(count).map { Truncation.plain($0, limit: limit) } : texts
        }
        var writer = JSONWriter()
        try writer.object { writer in
            writer.member("alias", notification.groupKeyHash)
            writer.member("message", try message(notification, render))
            writer.memberUnlessEmpty(
                "description", cut(try description(notification, render), OpsgenieAlert.descriptionLimit))
            writer.member("details", try details(notification, render, isCut: isCut))
            writer.member("source", cut(try source(render), OpsgenieAlert.sourceLimit))
            try responders.write(render, isCut: isCut, to: &writer)
            let (tags, actions) = (try tags(notification, render), OpsgenieResponders.parts(of: try render(actions)))
            writer.memberUnlessEmpty("tags", cut(tags, OpsgenieAlert.maximumTags, OpsgenieAlert.tagLimit))
            writer.memberUnlessEmpty("actions", cut(actions, OpsgenieAlert.maximumActions, OpsgenieAlert.actionLimit))
            for (name, text) in try render(optionalTexts) {
                writer.memberUnlessEmpty(
                    name, cut(text, name == "note" ? OpsgenieAlert.noteLimit : OpsgenieAlert.entityLimit))
            }
            writer.memberUnlessEmpty("priority", try priority(notification, render, isCut: isCut))
        }
        return writer.bytes
    }

    /// What closes an alert.
    func encodeClosing(_ render: MessageRenderer) throws -> [UInt8] {
        var writer = JSONWriter()
        try writer.object { writer in
            writer.member("source", try source(render))
            if form == nil { writer.member("note", "All alerts of the group have ended.") }
        }
        return writer.bytes
    }

    /// What changes an open alert, by the name of the field.
    func updates(
        _ notification: TocsinAlerts.Notification, _ render: MessageRenderer
    ) throws -> [(name: String, body: [UInt8])] {
        var fields = try [
            ("message", message(notification, render)), ("description", description(notification, render)),
        ]
        if form == nil { fields.append(("priority", try priority(notification, render, isCut: true))) }
        return fields.map { name, text in
            var writer = JSONWriter()
            writer.object { writer in writer.memberUnlessEmpty(name, text) }
            return (name, writer.bytes)
        }
    }

    private func message(_ notification: TocsinAlerts.Notification, _ render: MessageRenderer) throws -> String {
        if let form { return Truncation.scalars(try render(form.message), limit: OpsgenieAlert.messageLimit) }
        let message = AlertMessage(notification)
        let first = message.items.first.map { ": " + PlainText.line($0.text) } ?? ""
        return Truncation.plain(message.titleLine + first, limit: OpsgenieAlert.messageLimit, in: .utf16)
    }

    private func description(_ notification: TocsinAlerts.Notification, _ render: MessageRenderer) throws -> String {
        if let form { return try render(form.description) }
        return Markup.plain(in: .utf16).text(
            AlertMessage(notification), limit: OpsgenieAlert.descriptionLimit, hasTitle: false)
    }

    private func source(_ render: MessageRenderer) throws -> String {
        try form.map { try render($0.source) } ?? "Tocsin"
    }

    /// Names and values; if they are cut, as far as there is room for them all together.
    private func details(
        _ notification: TocsinAlerts.Notification, _ render: MessageRenderer, isCut: Bool
    ) throws -> [(String, String)] {
        let own = try render(self.details)
        let names = Set(own.map(\.0))
        // Those of the settings find room before labels do.
        let labels = notification.commonLabels.labels.filter { !names.contains($0.name) }.map { ($0.name, $0.value) }
        guard isCut else { return labels + own }
        var room = OpsgenieAlert.detailsLimit
        var kept: [(String, String)] = []
        for (name, text) in own + labels {
            let left = room - name.unicodeScalars.count
            guard left > 0 else { continue }
            let value = Truncation.plain(text, limit: left)
            room = left - value.unicodeScalars.count
            kept.append((name, value))
        }
        return kept
    }

    private func tags(_ notification: TocsinAlerts.Notification, _ render: MessageRenderer) throws -> [String] {
        let own = OpsgenieResponders.parts(of: try render(tags))
        guard form == nil else { return own }
        let words = [MessageText.severity(notification).word, notification.tenant.name]
        return own + words.filter { !own.contains($0) }
    }

    private func priority(
        _ notification: TocsinAlerts.Notification, _ render: MessageRenderer, isCut: Bool
    ) throws -> String {
        let wanted = try render(priority)
        // Another word is refused, and the alert with it.
        guard isCut, !["P1", "P2", "P3", "P4", "P5"].contains(wanted) else { return wanted }
        return SeverityMapping.row(of: notification).opsgenie
    }
}
