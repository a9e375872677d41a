import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinRouting

/// What is written into a ticket.
struct ZendeskTicket: Sendable {
    private static let subjectLimit = 255
    private static let statuses: [TicketChange: String] = [.close: "solved", .reopen: "open"]

    private let texts: TicketTexts
    private let isPublic: Bool
    private let priority: MessageTemplate?
    private let type: String
    private let tags: [MessageTemplate]
    private let customFields: [(name: String, text: MessageTemplate)]
    private let numbers: [(name: String, value: Int)]
    private let requester: String?

    init(_ context: IntegrationContext) {
        let reader = context.reader
        texts = TicketTexts(context)
        isPublic = reader.bool("public") ?? false
        priority = reader.has("priority") ? context.text("priority") : nil
        type = reader.string("type") ?? "incident"
        tags = (reader.stringList("tags") ?? ["tocsin"]).map { context.template($0, name: "tags") }
        customFields = context.texts("custom_fields")
        numbers = ["group_id", "assignee_id", "brand_id", "ticket_form_id", "requester_id"].compactMap { name in
            reader.int(name, in: 1...Int.max).map { (name, $0) }
        }
        requester = reader.string("requester_email")
        if !["incident", "problem", "question", "task"].contains(type) {
            reader.report("value_invalid", "expected one of incident, problem, question, task", name: "type")
        }
        if customFields.contains(where: { Int($0.name) == nil }) {
            reader.report("value_invalid", "expected the numbers of fields", name: "custom_fields")
        }
    }

    func create(_ notification: Notification, _ render: MessageRenderer) throws -> [UInt8] {
        try encode { writer in
            writer.member("subject", try texts.title(notification, render, limit: ZendeskTicket.subjectLimit))
            writeComment(try html(notification, render, title: nil), isPublic: isPublic, to: &writer)
            let priority = try self.priority.map { try render($0) } ?? ZendeskTicket.priority(notification)
            writer.memberUnlessEmpty("priority", priority)
            writer.member("type", type)
            writer.memberUnlessEmpty("tags", try tags.map { ZendeskTicket.tag(try render($0)) }.filter { !$0.isEmpty })
            writer.member("external_id", notification.ticketMarker)
            for (name, number) in numbers { writer.member(name, number) }
            if let requester { writer.member("requester", [("email", requester), ("name", requester)]) }
            try writeCustomFields(render, to: &writer)
        }
    }

    /// Notes are for agents only: nobody else has to hear of an alert again.
    func change(
        _ notification: Notification, by change: TicketChange, hasNote: Bool, _ render: MessageRenderer
    ) throws -> [UInt8] {
        let status = ZendeskTicket.statuses[change]
        return try encode { writer in
            if let status { writer.member("status", status) }
            guard hasNote || status == nil else { return }
            let title = try texts.title(notification, render, limit: ZendeskTicket.subjectLimit)
            writeComment(try html(notification, render, title: title), isPublic: false, to: &writer)
        }
    }

    private func html(_ notification: Notification, _ render: MessageRenderer, title: String?) throws -> String {
        guard let text = try texts.message(render) else {
            return ZendeskText.html(AlertMessage(notification, limit: 100), title: title)
        }
        return ZendeskText.html((title.map { $0 + "\n" } ?? "") + text)
    }

    private func encode(_ write: (inout JSONWriter) throws -> Void) rethrows -> [UInt8] {
        var writer = JSONWriter()
        try writer.object { writer in
            writer.name("ticket")
            try writer.object(write)
        }
        return writer.bytes
    }

    private func writeComment(_ html: String, isPublic: Bool, to writer: inout JSONWriter) {
        writer.name("comment")
        writer.object { writer in
            writer.member("html_body", html)
            writer.member("public", isPublic)
        }
    }

    private func writeCustomFields(_ render: MessageRenderer, to writer: inout JSONWriter) throws {
        guard !customFields.isEmpty else { return }
        let rendered = try render(customFields)
        writer.name("custom_fields")
        writer.array { writer in
            for (name, text) in rendered {
                writer.object { writer in
                    writer.member("id", Int(name) ?? 0)
                    writer.name("value")
                    writer.value(jsonOrText: text)
                }
            }
        }
    }

    /// A tag has no spaces.
    private static func tag(_ text: String) -> String {
        String(PlainText.line(text).map { $0.isWhitespace || $0 == "," ? "_" : $0 }.prefix(255))
    }

    private static func priority(_ notification: Notification) -> String {
        switch MessageText.severity(notification) {
        case .critical: "urgent"
        case .error: "high"
        case .warning: "normal"
        case .info, .none: "low"
        }
    }
}
