import TocsinCore

extension AuditEntry {
    /// The entry for what Redis has given up by itself, in the step of somebody who may know nothing of it.
    ///
    /// - Parameters:
    ///   - queued: What a function has queued, tab-separated: `buried`, ms, notification, receiver, attempts, ms at which
    ///     it was made, reason; or `buried-alerts`, ms, what is left of them, alerts, reason.
    ///   - log: The log's name.
    ///   - node: Who puts it into the tree.
    /// - Returns: `nil` if something else was queued, such as an entry.
    init?(buried queued: [UInt8], log: String, node: String) {
        guard queued.starts(with: "buried".utf8) else { return nil }
        let parts = String(decoding: queued, as: UTF8.self).split(separator: "\t", omittingEmptySubsequences: false)
            .map(String.init)
        guard parts.count > 1, let time = Int64(parts[1]), let event = Self.event(parts) else { return nil }
        let at = Timestamp(milliseconds: time)
        self.init(id: Self.makeID(at: at), time: at, log: log, node: node, event: event, personal: nil)
    }

    private static func event(_ parts: [String]) -> AuditEvent? {
        if parts[0] == "buried-alerts", parts.count == 5 {
            return AuditEvent(
                .deadLetterBury, on: parts[2], by: .node, reason: parts[4],
                facts: [.init("alerts", parts[3])])
        }
        guard parts[0] == "buried", parts.count == 7, let made = Int64(parts[5]) else { return nil }
        return AuditEvent(
            .delivery, on: "notification/\(parts[2])", outcome: .failed, by: .node, reason: parts[6],
            facts: [
                .init("receiver", parts[3]), .init("attempts", parts[4]),
                .init("made", Timestamp(milliseconds: made).rfc3339Milliseconds),
            ])
    }
}
