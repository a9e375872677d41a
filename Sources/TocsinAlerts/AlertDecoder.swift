public import TocsinCore

/// Reads what ``AlertScanner`` packed.
public enum AlertDecoder {
    static let version: UInt8 = 2
    /// The alert came in a webhook's body.
    static let webhookFlag: UInt8 = 1
    /// Its sender said that it is over.
    static let resolvedFlag: UInt8 = 2
    /// For how long an alert from a webhook fires without another word: an Alertmanager tells of it again only at its
    /// `repeat_interval`, 4 hours by default, and says itself when it is over.
    private static let webhookTimeout = Duration.seconds(86_400)

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
            let generatorURL = try reader.readString()
            let flags = try reader.readByte()
            if flags & resolvedFlag != 0 { endsAt = endsAt.isUnset ? receivedAt : min(endsAt, receivedAt) }
            if startsAt.isUnset { startsAt = endsAt.isUnset ? receivedAt : min(endsAt, receivedAt) }
            let isTimeout = endsAt.isUnset
            if isTimeout {
                endsAt = receivedAt + (flags & webhookFlag != 0 ? max(webhookTimeout, resolveTimeout) : resolveTimeout)
            }
            alerts.append(
                Alert(
                    labels: labels, annotations: annotations, startsAt: startsAt, endsAt: endsAt, updatedAt: receivedAt,
                    generatorURL: generatorURL, timeout: isTimeout))
        }
        return alerts
    }
}
