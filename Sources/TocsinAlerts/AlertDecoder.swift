public import TocsinCore

/// Reads what ``AlertScanner`` packed.
public enum AlertDecoder {
    static let version: UInt8 = 1

    /// Unpacks alerts and fills in the times that were not sent, as Alertmanager's API does.
    ///
    /// - Parameters:
    ///   - receivedAt: When the batch was accepted.
    ///   - resolveTimeout: After how long an alert without an end counts as ended.
    /// - Throws: `RecordError` if the payload is damaged or of a version that this build does not know.
    public static func decode(
        _ payload: [UInt8], receivedAt: Timestamp, resolveTimeout: Duration
    ) throws(RecordError) -> [Alert] {
        var reader = RecordReader(payload)
        guard try reader.readByte() == version else {
            throw RecordError(message: "a batch of a version that this build does not know")
        }
        var alerts: [Alert] = []
        for _ in 0..<(try reader.readCount()) {
            let labels = try LabelSet(from: &reader)
            let annotations = try LabelSet(from: &reader)
            var startsAt = try reader.readTimestamp()
            var endsAt = try reader.readTimestamp()
            if startsAt.isUnset { startsAt = endsAt.isUnset ? receivedAt : min(endsAt, receivedAt) }
            let isTimeout = endsAt.isUnset
            if isTimeout { endsAt = receivedAt + resolveTimeout }
            alerts.append(
                Alert(
                    labels: labels, annotations: annotations, startsAt: startsAt, endsAt: endsAt, updatedAt: receivedAt,
                    generatorURL: try reader.readString(), timeout: isTimeout))
        }
        return alerts
    }
}
