import TocsinAudit
import TocsinCore

/// An entry of an audit log as it is printed.
struct AuditRow: Encodable {
    let index: UInt64
    let id: String?
    let at: String?
    let action: String?
    let on: String?
    let outcome: String?
    let why: String?
    let by: String?
    let credential: String?
    /// Who it was; `nil` if nobody, or erased.
    let name: String?
    let address: String?
    let isErased: Bool
    let node: String?
    let before: String?
    let after: String?
    let of: String?
    let facts: [String: String]
    /// The entry's bytes, if its form is not known here.
    let unknown: String?

    init(_ line: AuditReader.Line) {
        self.init(index: line.index, bytes: line.bytes, entry: line.entry, name: line.name, address: line.address)
    }

    init(index: UInt64, bytes: [UInt8], entry: AuditEntry?, name: String?, address: String?) {
        let event = entry?.event
        self.index = index
        id = entry?.id
        at = entry?.time.rfc3339Milliseconds
        action = event?.action.rawValue
        on = event?.object
        outcome = event?.outcome.rawValue
        why = event?.reason
        by = event?.actor.kind.rawValue
        credential = event?.actor.credential
        self.name = name
        self.address = address
        isErased = entry?.subject != nil && name == nil && address == nil
        node = entry?.node
        before = event?.before
        after = event?.after
        of = event?.beginning
        facts = Dictionary(event?.facts.map { ($0.name, $0.value) } ?? [], uniquingKeysWith: { $1 })
        unknown = entry == nil ? String(decoding: bytes, as: UTF8.self) : nil
    }

    /// One line.
    var text: String {
        guard let at, let action, let on, let outcome, let by else { return "\(index)  \(unknown ?? "")" }
        let who = isErased ? "(erased)" : [name, address].compactMap { $0 }.joined(separator: " from ")
        let actor = [by, credential, who.isEmpty ? nil : who].compactMap { $0 }.joined(separator: " ")
        let more = (why.map { [$0] } ?? []) + facts.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return "\(index)  \(at)  \(action)  \(on)  \(outcome)  by \(actor)"
            + (more.isEmpty ? "" : "  " + more.joined(separator: " "))
    }
}
