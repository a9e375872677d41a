public import TocsinCore

/// What is known of one source at a meeting.
public struct InhibitionSource: Sendable, Hashable {
    /// The source's fingerprint.
    public let fingerprint: UInt64
    /// When it ends, or will be taken as ended; not set if it does not end by itself.
    public let endsAt: Timestamp
    /// Whether it matches the target side of the rule too.
    public let isTarget: Bool

    /// Makes one.
    public init(fingerprint: UInt64, endsAt: Timestamp, isTarget: Bool) {
        self.fingerprint = fingerprint
        self.endsAt = endsAt
        self.isTarget = isTarget
    }

    /// Writes the source to a record.
    public func write(to writer: inout RecordWriter) {
        writer.write(byte: 1)
        writer.write(fingerprint)
        writer.write(endsAt)
        writer.write(byte: isTarget ? 1 : 0)
    }

    /// Reads what ``write(to:)`` wrote.
    ///
    /// - Throws: `RecordError` if the record is damaged or of a version that this build does not know.
    public init(from reader: inout RecordReader) throws(RecordError) {
        guard try reader.readByte() == 1 else {
            throw RecordError(message: "an inhibition source of a version that this build does not know")
        }
        fingerprint = try reader.readUInt()
        endsAt = try reader.readTimestamp()
        isTarget = try reader.readByte() == 1
    }
}
