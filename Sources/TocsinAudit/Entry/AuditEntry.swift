import Foundation
import TocsinAlerts
public import TocsinCore

/// An entry of the audit log: one JSON object, whose bytes are the leaf.
///
/// What is written here is what is proven; it is never written again in another form.
public struct AuditEntry: Sendable, Hashable {
    /// 32 hexadecimal digits, the time first.
    public let id: String
    /// When it was recorded, by the clock of who did.
    public let time: Timestamp
    /// The log.
    public let log: String
    /// Which process has recorded it.
    public let node: String
    /// What happened; without what is sealed.
    public let event: AuditEvent
    /// The sealed fields, if there are any.
    let personal: PersonalFields.Sealed?

    init(id: String, time: Timestamp, log: String, node: String, event: AuditEvent, personal: PersonalFields.Sealed?) {
        self.id = id
        self.time = time
        self.log = log
        self.node = node
        self.event = event
        self.personal = personal
    }

    /// An id: 48 bits of milliseconds, then 80 that are random.
    static func makeID(at time: Timestamp) -> String {
        let milliseconds = Hexadecimal.encode(UInt64(clamping: time.milliseconds)).suffix(12)
        let random = (0..<10).map { _ in UInt8.random(in: .min ... .max) }
        return milliseconds + Hexadecimal.encode(random)
    }

    /// The entry's bytes.
    public var bytes: [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.object { writer in
            writer.member("v", 1)
            writer.member("id", id)
            writer.member("at", time.rfc3339Milliseconds)
            writer.member("log", log)
            writer.member("node", node)
            writer.member("action", event.action.rawValue)
            writer.member("on", Self.short(event.object))
            writer.member("outcome", event.outcome.rawValue)
            for (name, text) in [
                ("why", event.reason), ("before", event.before), ("after", event.after), ("of", event.beginning),
            ] {
                if let text { writer.member(name, Self.short(text)) }
            }
            if !event.facts.isEmpty {
                writer.name("facts")
                writer.object { writer in
                    for fact in event.facts.prefix(20) { writer.member(fact.name, Self.short(fact.value)) }
                }
            }
            writer.name("by")
            writer.object { writer in
                writer.member("kind", event.actor.kind.rawValue)
                if let credential = event.actor.credential { writer.member("credential", Self.short(credential)) }
                guard let personal else { return }
                writer.member("subject", personal.subject)
                writer.member("sealed", personal.fields)
                writer.member("commitment", personal.commitment)
            }
        }
        return writer.bytes
    }

    /// Reads an entry.
    ///
    /// - Throws: ``AuditError`` if these are not the bytes of an entry that this version knows.
    public init(_ bytes: [UInt8]) throws(AuditError) {
        guard let form = try? JSONDecoder().decode(Form.self, from: Data(bytes)), form.v == 1,
            let time = Timestamp(rfc3339: form.at.utf8), let action = AuditAction(rawValue: form.action)
        else {
            throw AuditError(
                code: "audit_entry_unknown",
                message:
                    "an entry of the log is of a form that this version does not know; its hash can be checked still")
        }
        var event = AuditEvent(
            action, on: form.on, outcome: form.outcome,
            by: AuditActor(kind: form.by.kind, credential: form.by.credential),
            reason: form.why, before: form.before, after: form.after,
            facts: (form.facts ?? [:]).sorted { $0.key < $1.key }.map { .init($0.key, $0.value) })
        event.beginning = form.of
        var personal: PersonalFields.Sealed?
        if let subject = form.by.subject, let fields = form.by.sealed, let commitment = form.by.commitment {
            personal = .init(subject: subject, fields: fields, commitment: commitment)
        }
        self.init(id: form.id, time: time, log: form.log, node: form.node, event: event, personal: personal)
    }

    /// Whose sealed fields it has: a keyed hash.
    public var subject: String? { personal?.subject }

    private struct Form: Decodable {
        struct Actor: Decodable {
            let kind: AuditActor.Kind
            let credential: String?
            let subject: String?
            let sealed: String?
            let commitment: String?
        }

        let v: Int
        let id: String
        let at: String
        let log: String
        let node: String
        let action: String
        let on: String
        let outcome: AuditEvent.Outcome
        let why: String?
        let before: String?
        let after: String?
        let of: String?
        let facts: [String: String]?
        let by: Actor
    }

    /// What somebody else has written is cut, so that every entry has room in a bundle.
    private static func short(_ text: String) -> String {
        // Not by characters: one of them may be as long as one likes.
        String(String.UnicodeScalarView(text.unicodeScalars.prefix(300)))
    }
}
