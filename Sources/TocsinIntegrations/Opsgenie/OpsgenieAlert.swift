import Foundation
import TocsinAlerts
import TocsinConfiguration

/// The bodies that Alertmanager sends to Opsgenie.
struct OpsgenieAlert: Sendable {
    private struct Responder: Sendable {
        let id: MessageTemplate
        let name: MessageTemplate
        let username: MessageTemplate
        let type: MessageTemplate
    }

    /// The vendor's limit, in characters.
    private static let messageLimit = 130

    private let message: MessageTemplate
    private let description: MessageTemplate
    private let source: MessageTemplate
    private let details: [(name: String, text: MessageTemplate)]
    private let responders: [Responder]
    private let tags: MessageTemplate
    private let actions: MessageTemplate
    private let optionalTexts: [(name: String, text: MessageTemplate)]

    init(_ context: IntegrationContext) {
        message = context.text("message", template: "opsgenie.default.message")
        description = context.text("description", template: "opsgenie.default.description")
        source = context.text("source", template: "opsgenie.default.source")
        details = context.texts("details")
        responders = context.sections("responders").map { section in
            defer { section.reader.finish() }
            return Responder(
                id: section.text("id"), name: section.text("name"), username: section.text("username"),
                type: section.text("type"))
        }
        tags = context.text("tags")
        actions = context.text("actions")
        optionalTexts = ["note", "priority", "entity"].map { ($0, context.text($0)) }
    }

    /// What opens an alert, or counts one more if it is open.
    func encode(_ notification: TocsinAlerts.Notification, _ render: MessageRenderer) throws -> [UInt8] {
        var details = notification.commonLabels.labels.map { ($0.name, $0.value) }
        for (name, text) in try render(self.details) {
            details.removeAll { $0.0 == name }
            details.append((name, text))
        }
        var writer = JSONWriter()
        try writer.object { writer in
            writer.member("alias", notification.groupKeyHash)
            writer.member("message", try shortMessage(render))
            writer.memberUnlessEmpty("description", try render(description))
            writer.member("details", details)
            writer.member("source", try render(source))
            try writeResponders(render, to: &writer)
            writer.memberUnlessEmpty("tags", OpsgenieAlert.parts(of: try render(tags)))
            writer.memberUnlessEmpty("actions", OpsgenieAlert.parts(of: try render(actions)))
            for (name, text) in try render(optionalTexts) { writer.memberUnlessEmpty(name, text) }
        }
        return writer.bytes
    }

    /// What closes an alert.
    func encodeClosing(_ render: MessageRenderer) throws -> [UInt8] {
        var writer = JSONWriter()
        try writer.object { writer in writer.member("source", try render(source)) }
        return writer.bytes
    }

    /// What changes the texts of an open alert, by the name of the text.
    func updates(_ render: MessageRenderer) throws -> [(name: String, body: [UInt8])] {
        try [("message", shortMessage(render)), ("description", render(description))].map { name, text in
            var writer = JSONWriter()
            writer.object { writer in writer.memberUnlessEmpty(name, text) }
            return (name, writer.bytes)
        }
    }

    private func shortMessage(_ render: MessageRenderer) throws -> String {
        Truncation.scalars(try render(message), limit: OpsgenieAlert.messageLimit)
    }

    private func writeResponders(_ render: MessageRenderer, to writer: inout JSONWriter) throws {
        var all: [[(String, String)]] = []
        for responder in responders {
            let (id, name) = (try render(responder.id), try render(responder.name))
            let (username, type) = (try render(responder.username), try render(responder.type))
            // A responder may come from a label that not every alert has.
            guard [id, name, username, type].contains(where: { !$0.isEmpty }) else { continue }
            if type == "teams" {
                all += OpsgenieAlert.parts(of: name).map { [("name", $0), ("type", "team")] }
            } else {
                all.append(
                    [("id", id), ("name", name), ("username", username)].filter { !$0.1.isEmpty } + [("type", type)])
            }
        }
        guard !all.isEmpty else { return }
        writer.name("responders")
        writer.array { writer in
            for members in all {
                writer.object { writer in
                    for (name, text) in members { writer.member(name, text) }
                }
            }
        }
    }

    /// The parts of a list with commas that are not empty.
    private static func parts(of text: String) -> [String] {
        text.trimmingCharacters(in: .whitespacesAndNewlines).split(separator: ",").map(String.init)
    }
}
