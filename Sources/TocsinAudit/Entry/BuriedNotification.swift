import TocsinCore

extension AuditEntry {
    /// The entry for a notification that Redis has given up by itself, because workers died of it: nobody else could tell.
    ///
    /// - Parameters:
    ///   - queued: What the function `beat` has queued: tab-separated.
    ///   - log: The log's name.
    ///   - node: Who puts it into the tree.
    /// - Returns: `nil` if something else was queued, such as an entry.
    init?(buried queued: [UInt8], log: String, node: String) {
        guard queued.starts(with: "buried\t".utf8) else { return nil }
        let parts = String(decoding: queued, as: UTF8.self).split(separator: "\t", omittingEmptySubsequences: false)
            .map(String.init)
        guard parts.count == 7, let time = Int64(parts[1]), let made = Int64(parts[5]) else { return nil }
        let at = Timestamp(milliseconds: time)
        self.init(
            id: Self.makeID(at: at), time: at, log: log, node: node,
            event: AuditEvent(
                .delivery, on: "notification/\(parts[2])", outcome: .failed, by: .node, reason: parts[6],
                facts: [
                    .init("receiver", parts[3]), .init("attempts", parts[4]),
                    .init("made", Timestamp(milliseconds: made).rfc3339Milliseconds),
                ]), personal: nil)
    }
}
