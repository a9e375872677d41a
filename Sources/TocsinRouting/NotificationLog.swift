public import TocsinAlerts
public import TocsinCore

/// What a receiver was last told about a group.
public struct NotificationLog: Sendable, Hashable {
    /// The tick of the flush that told it.
    public var at: Timestamp
    /// Fingerprints of the alerts that were firing.
    public var firing: Set<UInt64>
    /// Fingerprints of the alerts that were resolved.
    public var resolved: Set<UInt64>

    /// An entry.
    public init(at: Timestamp, firing: Set<UInt64>, resolved: Set<UInt64>) {
        self.at = at
        self.firing = firing
        self.resolved = resolved
    }

    /// Why the receiver is to be told of these alerts now, or `nil` if it need not be.
    ///
    /// Rules of Alertmanager's `notify.DedupStage`.
    public static func reason(
        after entry: NotificationLog?, firing: Set<UInt64>, resolved: Set<UInt64>, at tick: Timestamp,
        repeatInterval: Duration, sendResolved: Bool
    ) -> NotificationReason? {
        guard let entry else { return firing.isEmpty ? nil : .firstNotification }
        if !firing.isSubset(of: entry.firing) { return entry.firing.isEmpty ? .firstNotification : .newAlerts }
        if firing.isEmpty {
            guard !entry.firing.isEmpty else { return nil }
            return sendResolved ? .allResolved : nil
        }
        if sendResolved, !resolved.isSubset(of: entry.resolved) { return .someResolved }
        return tick - entry.at >= repeatInterval ? .repeatInterval : nil
    }

    /// Writes the entry.
    public func write(to writer: inout RecordWriter) {
        writer.write(byte: 1)
        writer.write(at)
        for set in [firing, resolved] {
            writer.write(UInt64(set.count))
            for fingerprint in set.sorted() { writer.write(fingerprint) }
        }
    }

    /// Reads an entry.
    public init(from reader: inout RecordReader) throws(RecordError) {
        guard try reader.readByte() == 1 else {
            throw RecordError(message: "a notification log of a version that this build does not know")
        }
        at = try reader.readTimestamp()
        var sets: [Set<UInt64>] = []
        for _ in 0..<2 {
            var set: Set<UInt64> = []
            for _ in 0..<(try reader.readCount()) { set.insert(try reader.readUInt()) }
            sets.append(set)
        }
        firing = sets[0]
        resolved = sets[1]
    }
}
