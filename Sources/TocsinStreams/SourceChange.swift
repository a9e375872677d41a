public import TocsinCore
import TocsinRedis
import TocsinSealing

/// What a turn has learned of an alert that inhibits others.
public struct SourceChange: Sendable, Hashable {
    /// Where a rule's sources and targets meet: a keyed hash.
    public let meeting: String
    /// The alert: a keyed hash.
    public let alert: String
    /// What is known of it; `nil` if it inhibits nobody any more.
    public let record: [UInt8]?
    /// When nothing at the meeting matters any more, unless a later change says otherwise.
    public let expiresAt: Timestamp

    /// A change.
    public init(meeting: String, alert: String, record: [UInt8]?, expiresAt: Timestamp) {
        self.meeting = meeting
        self.alert = alert
        self.record = record
        self.expiresAt = expiresAt
    }

    func append(to command: inout RedisCommand, sealer: Sealer, shard: Int) throws(SealingError) {
        command.append(meeting)
        command.append(alert)
        if let record {
            command.append(try sealer.seal(record, shard: shard, purpose: .inhibition, context: meeting + alert))
        } else {
            command.append("")
        }
        command.append(expiresAt.milliseconds)
    }
}
