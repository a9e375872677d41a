import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinRouting

/// A message to ntfy as JSON.
///
/// Limits: 4,096 bytes for the text, above which it becomes a file, three actions, and twice the text for all of the body
/// (<https://docs.ntfy.sh/publish/#limitations>, `server/server.go`).
struct NtfyMessage: Sendable {
    private struct Action: Sendable {
        let texts: [(name: String, text: MessageTemplate)]
        let clears: Bool?
    }

    private static let bodyLimit = 8192
    private static let textLimits = [4096, 2000, 1000]
    private static let titleLimit = 250
    private static let addressLimit = 500
    private static let tagLimit = 10

    private static let priorities = [
        "1": 1, "2": 2, "3": 3, "4": 4, "5": 5, "min": 1, "low": 2, "default": 3, "high": 4, "max": 5, "urgent": 5,
    ]

    private let title: MessageTemplate?
    private let message: MessageTemplate?
    private let priority: MessageTemplate?
    private let click: MessageTemplate?
    private let icon: String
    private let tags: [String]
    private let actions: [Action]

    init(_ context: IntegrationContext) {
        let reader = context.reader
        func optional(_ name: String) -> MessageTemplate? { reader.has(name) ? context.text(name) : nil }
        title = optional("title")
        message = optional("message")
        priority = optional("priority")
        click = optional("click")
        icon = reader.string("icon") ?? ""
        tags = Array((reader.stringList("tags") ?? []).prefix(NtfyMessage.tagLimit))
        actions = context.sections("actions").map { section in
            defer { section.reader.finish() }
            return Action(
                texts: ["action", "label", "url", "method", "body"].map { name in
                    (name, section.text(name, default: name == "action" ? "view" : ""))
                }, clears: section.reader.bool("clear"))
        }
        if actions.count > 3 {
            reader.report("actions_too_many", "'actions' has more than the three that ntfy shows", name: "actions")
        }
    }

    /// Writes the message, its text as long as the server takes it.
    ///
    /// - Parameter replaced: The id of the message that it replaces on people's devices.
    func encode(_ notification: Notification, topic: String, replacing replaced: String?, _ render: MessageRenderer)
        throws -> [UInt8]
    {
        var bytes: [UInt8] = []
        for limit in NtfyMessage.textLimits {
            bytes = try encode(notification, topic: topic, replacing: replaced, textLimit: limit, render)
            if bytes.count <= NtfyMessage.bodyLimit { break }
        }
        return bytes
    }

    private func encode(
        _ notification: Notification, topic: String, replacing replaced: String?, textLimit: Int,
        _ render: MessageRenderer
    ) throws -> [UInt8] {
        let alerts = AlertMessage(notification)
        let title = try self.title.map { PlainText.line(try render($0)) } ?? alerts.titleLine
        let text = try message.map {
            Truncation.escaped(
                PlainText.printable(try render($0), orElse: "(no details)"), limit: textLimit, in: .bytes)
        }
        let click = try self.click.map(render.callAsFunction) ?? alerts.links.first?.url ?? ""
        var writer = JSONWriter()
        try writer.object { writer in
            writer.member("topic", topic)
            writer.memberUnlessEmpty("title", Truncation.escaped(title, limit: NtfyMessage.titleLimit, in: .bytes))
            writer.member(
                "message", text ?? Markup.plain(in: .bytes).text(alerts, limit: textLimit, hasTitle: false))
            writer.member("priority", try priorityNumber(alerts, render))
            writer.memberUnlessEmpty("tags", [NtfyMessage.sign(of: alerts)] + tags)
            if click.utf8.count <= NtfyMessage.addressLimit { writer.memberUnlessEmpty("click", click) }
            writer.memberUnlessEmpty("icon", icon)
            writer.memberUnlessEmpty("sequence_id", replaced ?? "")
            try writeActions(alerts, render, to: &writer)
        }
        return writer.bytes
    }

    private func writeActions(_ message: AlertMessage, _ render: MessageRenderer, to writer: inout JSONWriter) throws {
        let links = message.links.filter { $0.url.utf8.count <= NtfyMessage.addressLimit }
        guard !actions.isEmpty || !links.isEmpty else { return }
        writer.name("actions")
        try writer.array { writer in
            for action in actions.prefix(3) {
                try writer.object { writer in
                    for (name, text) in try render(action.texts) { writer.memberUnlessEmpty(name, text) }
                    if let clears = action.clears { writer.member("clear", clears) }
                }
            }
            for link in links.prefix(actions.isEmpty ? 3 : 0) {
                writer.object { writer in
                    writer.member("action", "view")
                    writer.member("label", link.title)
                    writer.member("url", link.url)
                }
            }
        }
    }

    private func priorityNumber(_ message: AlertMessage, _ render: MessageRenderer) throws -> Int {
        if let priority {
            let word = PlainText.line(try render(priority)).lowercased()
            if let number = NtfyMessage.priorities[word] { return number }
        }
        return SeverityMapping.row(message.severity, message.status).ntfy
    }

    /// A short code, which is shown as a picture before the title.
    private static func sign(of message: AlertMessage) -> String {
        guard message.status == .firing else { return "white_check_mark" }
        return message.severity >= .error ? "rotating_light" : "warning"
    }
}
