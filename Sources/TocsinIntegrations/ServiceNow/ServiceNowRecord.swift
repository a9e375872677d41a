import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinRouting

/// What is written into an incident.
///
/// Every value is a text; lengths are those of the columns of an instance as it is delivered.
struct ServiceNowRecord: Sendable {
    private static let titleLimit = 160
    private static let textLimit = 4000

    private let texts: TicketTexts
    private let fields: [(name: String, text: MessageTemplate)]
    private let closeCode: String
    private let closeNotes: MessageTemplate?
    private let reopenedState: String
    /// The state of an incident whose alerts have ended: 6 is resolved.
    let resolvedState: String

    init(_ context: IntegrationContext) {
        let reader = context.reader
        texts = TicketTexts(context)
        fields = context.texts("fields")
        closeCode = reader.string("close_code") ?? "Resolved by caller"
        closeNotes = reader.has("close_notes") ? context.text("close_notes") : nil
        resolvedState = String(reader.int("resolved_state", in: 1...999) ?? 6)
        reopenedState = String(reader.int("reopened_state", in: 1...999) ?? 2)
        for field in fields where field.name.hasPrefix("sys_") || field.name == "correlation_id" {
            reader.report("value_invalid", "'\(field.name)' cannot be set", name: "fields")
        }
    }

    func create(_ notification: Notification, _ render: MessageRenderer) throws -> [UInt8] {
        let (urgency, impact) = ServiceNowRecord.urgency(MessageText.severity(notification))
        var members = [
            ("short_description", try texts.title(notification, render, limit: ServiceNowRecord.titleLimit)),
            ("description", try texts.body(notification, render, limit: ServiceNowRecord.textLimit)),
            ("urgency", urgency), ("impact", impact), ("correlation_id", notification.ticketMarker),
            ("correlation_display", "Tocsin"),
        ]
        for (name, text) in try render(fields) {
            members.removeAll { $0.0 == name }
            if !text.isEmpty { members.append((name, text)) }
        }
        return ServiceNowRecord.encode(members)
    }

    func change(
        _ notification: Notification, by change: TicketChange, hasNote: Bool, _ render: MessageRenderer
    ) throws -> [UInt8] {
        var members: [(String, String)] = []
        switch change {
        case .close:
            let notes = try closeNotes.map { PlainText.printable(try render($0)) } ?? ""
            let standard = "All alerts ended. \(notification.resolved.count + notification.truncatedAlerts) in all."
            members = [
                ("state", resolvedState), ("close_code", closeCode),
                (
                    "close_notes",
                    Truncation.characters(notes.isEmpty ? standard : notes, limit: ServiceNowRecord.textLimit)
                ),
            ]
        case .reopen: members = [("state", reopenedState)]
        case .note, .create, .nothing: break
        }
        if hasNote || members.isEmpty {
            members.append(
                ("work_notes", try texts.note(notification, render, limit: ServiceNowRecord.textLimit)))
        }
        return ServiceNowRecord.encode(members)
    }

    private static func encode(_ members: [(String, String)]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            for (name, text) in members { writer.member(name, text) }
        }
        return writer.bytes
    }

    /// Urgency and impact, from 1 for the highest.
    private static func urgency(_ severity: Severity) -> (String, String) {
        switch severity {
        case .critical: ("1", "1")
        case .error: ("1", "2")
        case .warning: ("2", "2")
        case .info, .none: ("3", "3")
        }
    }
}
