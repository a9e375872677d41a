public import TocsinCore

/// One alert as a sender described it, with the times that Tocsin filled in.
public struct Alert: Sendable, Hashable {
    /// What identifies the alert.
    public let labels: LabelSet
    /// What is said about it.
    public var annotations: LabelSet
    /// Since when it fires.
    public var startsAt: Timestamp
    /// When it ended, or will be taken as ended unless it is sent again.
    public var endsAt: Timestamp
    /// When it was received.
    public var updatedAt: Timestamp
    /// Where it comes from; may be empty.
    public var generatorURL: String
    /// Whether ``endsAt`` was not sent, but follows from the tenant's resolve timeout.
    public var timeout: Bool
    /// The hash of the labels.
    public let fingerprint: UInt64

    /// Makes an alert.
    public init(
        labels: LabelSet, annotations: LabelSet, startsAt: Timestamp, endsAt: Timestamp, updatedAt: Timestamp,
        generatorURL: String, timeout: Bool
    ) {
        self.labels = labels
        self.annotations = annotations
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.updatedAt = updatedAt
        self.generatorURL = generatorURL
        self.timeout = timeout
        fingerprint = labels.fingerprint
    }

    /// Whether the alert has ended by then.
    public func isResolved(at now: Timestamp) -> Bool { !endsAt.isUnset && endsAt <= now }

    /// This alert as a newer report of the same one changes it: Alertmanager's `types.Alert.Merge`.
    ///
    /// Two reports whose times do not touch are two firings; only the newer counts.
    public func merged(with newer: Alert) -> Alert {
        let touches =
            (newer.endsAt > startsAt && newer.endsAt < endsAt) || (newer.startsAt > startsAt && newer.startsAt < endsAt)
            || newer.startsAt == startsAt
        guard touches else { return newer }
        var result = newer
        result.startsAt = min(startsAt, newer.startsAt)
        let now = newer.updatedAt
        if newer.isResolved(at: now) {
            if isResolved(at: now), endsAt > newer.endsAt {
                result.endsAt = endsAt
                result.timeout = timeout
            }
        } else if endsAt > newer.endsAt, !timeout {
            result.endsAt = endsAt
            result.timeout = false
        }
        return result
    }

    /// The alert as a record of its own, with what a list asks first at its front.
    public var record: [UInt8] {
        var writer = RecordWriter(capacity: 1024)
        writer.write(fingerprint)
        writer.write(endsAt)
        write(to: &writer)
        return writer.bytes
    }

    /// Reads what ``record`` wrote.
    ///
    /// - Throws: `RecordError` if the record is damaged.
    public init(record: [UInt8]) throws(RecordError) {
        var reader = RecordReader(record)
        _ = try reader.readUInt()
        _ = try reader.readTimestamp()
        self = try Alert(from: &reader)
    }

    /// The hash of the labels and the end of an alert, without reading the rest of its ``record``.
    ///
    /// - Throws: `RecordError` if the record is damaged.
    public static func glance(at record: [UInt8]) throws(RecordError) -> (fingerprint: UInt64, endsAt: Timestamp) {
        var reader = RecordReader(record)
        return (try reader.readUInt(), try reader.readTimestamp())
    }

    /// Writes the alert to a record.
    public func write(to writer: inout RecordWriter) {
        labels.write(to: &writer)
        annotations.write(to: &writer)
        writer.write(startsAt)
        writer.write(endsAt)
        writer.write(updatedAt)
        writer.write(generatorURL)
        writer.write(byte: timeout ? 1 : 0)
    }

    /// Reads what ``write(to:)`` wrote.
    ///
    /// - Throws: `RecordError` if the record is damaged.
    public init(from reader: inout RecordReader) throws(RecordError) {
        self.init(
            labels: try LabelSet(from: &reader), annotations: try LabelSet(from: &reader),
            startsAt: try reader.readTimestamp(), endsAt: try reader.readTimestamp(),
            updatedAt: try reader.readTimestamp(), generatorURL: try reader.readString(),
            timeout: try reader.readByte() == 1)
    }
}
