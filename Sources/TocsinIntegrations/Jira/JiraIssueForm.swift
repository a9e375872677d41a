import Foundation
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// What is written into an issue: texts of its own, or those of Alertmanager's where one of its texts is set.
struct JiraIssueForm: Sendable {
    /// A text that may be left as it is when the issue changes.
    private struct Text: Sendable {
        let template: MessageTemplate
        let isUpdated: Bool
    }

    private static let summaryLimit = 255
    private static let labelLimit = 255
    private static let textNames = ["summary", "description"]

    private let project: MessageTemplate
    private let issueType: MessageTemplate
    private let priority: MessageTemplate
    private let labels: [MessageTemplate]
    private let updatesLabels: Bool
    private let fields: [(name: String, value: TemplatedValue)]
    private let summary: Text
    private let description: Text
    /// Whether the texts are Alertmanager's, and with them its way to change an issue: it writes all of it again.
    let isAlertmanagers: Bool

    init(_ context: IntegrationContext) {
        isAlertmanagers = context.wantsTexts(JiraIssueForm.textNames, of: "jira")
        for name in ["project", "issue_type"] { _ = context.reader.requiredString(name) }
        project = context.text("project")
        issueType = context.text("issue_type")
        priority = context.text("priority", template: "jira.default.priority")
        summary = JiraIssueForm.text("summary", context)
        description = JiraIssueForm.text("description", context)
        (labels, updatesLabels) = JiraIssueForm.labels(context)
        var fields: [(name: String, value: TemplatedValue)] = []
        if case .object(let members)? = TemplatedValue("fields", in: context) { fields = members }
        self.fields = fields
    }

    /// A template, alone or with the word whether it is updated.
    private static func text(_ name: String, _ context: IntegrationContext) -> Text {
        let standard = "jira.default.\(name)"
        guard case .mapping? = context.reader.node(name)?.value else {
            return Text(template: context.text(name, template: standard), isUpdated: true)
        }
        let section = context.section(context.reader.mapping(name))
        defer { section.reader.finish() }
        return Text(
            template: section.text("template", template: standard),
            isUpdated: section.reader.bool("enable_update") ?? true)
    }

    private static func labels(_ context: IntegrationContext) -> ([MessageTemplate], Bool) {
        func templates(_ reader: MappingReader, _ name: String) -> [MessageTemplate] {
            (reader.stringList(name) ?? []).map { context.template($0, name: "labels") }
        }
        guard case .mapping? = context.reader.node("labels")?.value else {
            return (templates(context.reader, "labels"), true)
        }
        let section = context.reader.mapping("labels")
        defer { section.finish() }
        return (templates(section, "values"), section.bool("enable_update") ?? true)
    }

    /// The label by which a group's issue is found; Alertmanager's finds what Alertmanager opened.
    func marker(_ notification: TocsinAlerts.Notification) -> String {
        isAlertmanagers ? "ALERT{\(notification.groupKeyHash)}" : notification.ticketMarker
    }

    /// The project's key.
    func project(_ render: MessageRenderer) throws -> String { try render(project) }

    /// The body that makes an issue, or that writes it again.
    func encode(
        _ notification: TocsinAlerts.Notification, _ render: MessageRenderer, isUpdate: Bool, isVersion3: Bool
    ) throws -> [UInt8] {
        let own = fields.map { ($0.name, $0.value) }
        let names = Set(own.map(\.0))
        var writer = JSONWriter(capacity: 4096)
        try writer.object { writer in
            writer.name("fields")
            try writer.object { writer in
                func write(_ name: String, _ body: (inout JSONWriter) throws -> Void) rethrows {
                    // A field that is set by its name replaces the one that is written here.
                    if !names.contains(name) { try body(&writer) }
                }
                if !isUpdate || description.isUpdated {
                    try write("description") {
                        try writeDescription(notification, render, isVersion3: isVersion3, to: &$0)
                    }
                }
                try write("issuetype") { $0.member("issuetype", [("name", try render(issueType))]) }
                if !isUpdate || updatesLabels {
                    try write("labels") { $0.memberUnlessEmpty("labels", try labels(notification, render)) }
                }
                let priority = try render(priority)
                if !priority.isEmpty { write("priority") { $0.member("priority", [("name", priority)]) } }
                try write("project") { $0.member("project", [("key", try render(project))]) }
                if !isUpdate || summary.isUpdated {
                    try write("summary") { $0.member("summary", try summary(notification, render)) }
                }
                for (name, value) in own {
                    writer.name(name)
                    try value.write(render, to: &writer) { $1.value(jsonOrText: $0) }
                }
            }
        }
        return writer.bytes
    }

    private func labels(_ notification: TocsinAlerts.Notification, _ render: MessageRenderer) throws -> [String] {
        let own = try labels.map { label in
            // Jira refuses an issue for a space in one of its labels.
            let text = String(PlainText.line(try render(label)).map { $0.isWhitespace ? "_" : $0 })
            return Truncation.scalars(text, limit: JiraIssueForm.labelLimit)
        }
        return Set(own + [marker(notification)]).filter { !$0.isEmpty }.sorted()
    }

    private func summary(_ notification: TocsinAlerts.Notification, _ render: MessageRenderer) throws -> String {
        guard isAlertmanagers else {
            let title = PlainText.line(MessageText.title(notification), orElse: "Alerts")
            return Truncation.characters(title, limit: JiraIssueForm.summaryLimit)
        }
        // A summary is one line that is not blank, or the whole issue is refused.
        let scalars = try render(summary.template).unicodeScalars.map { $0 == "\r" || $0 == "\n" ? " " : $0 }
        let text = String(String.UnicodeScalarView(scalars))
        let isBlank = text.allSatisfy(\.isWhitespace)
        return Truncation.scalars(isBlank ? "Alerts" : text, limit: JiraIssueForm.summaryLimit)
    }

    private func writeDescription(
        _ notification: TocsinAlerts.Notification, _ render: MessageRenderer, isVersion3: Bool,
        to writer: inout JSONWriter
    ) throws {
        guard isAlertmanagers else {
            writer.name("description")
            JiraText.write(AlertMessage(notification, limit: 50), isVersion3: isVersion3, to: &writer)
            return
        }
        let text = try render(description.template)
        guard isVersion3 else {
            writer.memberUnlessEmpty("description", Truncation.scalars(text, limit: ADFDocument.limit))
            return
        }
        // Alertmanager's templates for version 3 write the document; plain ones are made into one.
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !trimmed.isEmpty else { return }
        writer.name("description")
        if trimmed.hasPrefix("{"), (try? JSONSerialization.jsonObject(with: Data(trimmed.utf8))) != nil {
            writer.value(json: trimmed.utf8)
        } else {
            ADFDocument(lines: trimmed).write(to: &writer)
        }
    }

    /// The body of a comment that tells what the alerts are now.
    func comment(_ notification: TocsinAlerts.Notification, isVersion3: Bool) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.name("body")
            let title = Truncation.characters(
                PlainText.line(MessageText.title(notification), orElse: "Alerts"), limit: JiraIssueForm.summaryLimit)
            JiraText.write(AlertMessage(notification, limit: 50), title: title, isVersion3: isVersion3, to: &writer)
        }
        return writer.bytes
    }
}
