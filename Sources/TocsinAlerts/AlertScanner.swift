import TocsinCore

/// An alert of a batch that was not taken.
public struct RejectedAlert: Sendable, Hashable {
    /// Its place in the batch, from 0.
    public let index: Int
    /// What is wrong with it; never repeats its values.
    public let reason: String
}

/// What a request's body holds.
public struct AlertScan: Sendable {
    /// The alerts that were taken, as ``AlertDecoder`` reads them.
    public internal(set) var payload: [UInt8]
    /// How many were taken.
    public fileprivate(set) var accepted = 0
    /// Which were not, and why.
    public fileprivate(set) var rejected: [RejectedAlert] = []
}

/// Checks posted alerts and packs those that are good.
///
/// One pass over the bytes: this is the hot path of an ingest node. Texts are pointed at and copied once, into the packed
/// batch; no `String` is made.
public struct AlertScanner {
    private let limits: AlertLimits
    private let isWebhook: Bool
    private var writer: RecordWriter
    private var scan = AlertScan(payload: [])
    private var draft = AlertDraft()
    private var index = 0

    private init(limits: AlertLimits, isWebhook: Bool, capacity: Int) {
        self.limits = limits
        self.isWebhook = isWebhook
        writer = RecordWriter(capacity: capacity)
        writer.write(byte: AlertDecoder.version)
        writer.reserveCount()
    }

    /// Reads the body of Alertmanager's `POST /api/v2/alerts`: an array of alerts.
    ///
    /// - Throws: ``AlertDecodingError`` if the body as a whole cannot be read. An alert that is wrong does not keep the
    ///   others from being taken.
    public static func scan(_ body: [UInt8], limits: AlertLimits) throws(AlertDecodingError) -> AlertScan {
        try scan(body, limits: limits, isWebhook: false) { (scanner, cursor) throws(AlertDecodingError) in
            guard cursor.peek() == UInt8(ascii: "[") else {
                throw AlertDecodingError(.wrongShape, "the body must be an array of alerts", at: cursor.position)
            }
            try scanner.readAlerts(&cursor)
        }
    }

    /// Reads the body that Alertmanager's webhook receiver posts, version 4, and takes its alerts.
    ///
    /// - Throws: ``AlertDecodingError`` if the body as a whole cannot be read.
    public static func scanWebhook(_ body: [UInt8], limits: AlertLimits) throws(AlertDecodingError) -> AlertScan {
        try scan(body, limits: limits, isWebhook: true) { (scanner, cursor) throws(AlertDecodingError) in
            guard cursor.peek() == UInt8(ascii: "{") else {
                throw AlertDecodingError(
                    .wrongShape, "the body must be an object, as Alertmanager's webhook posts it", at: cursor.position)
            }
            var hasAlerts = false
            try cursor.object { (cursor, name) throws(AlertDecodingError) in
                guard cursor.isEqual(name, "alerts"), !hasAlerts else { return try cursor.skip() }
                hasAlerts = true
                try scanner.readAlerts(&cursor)
            }
            guard hasAlerts else {
                throw AlertDecodingError(.wrongShape, "the body has no list 'alerts'", at: cursor.position)
            }
        }
    }

    private static func scan(
        _ body: [UInt8], limits: AlertLimits, isWebhook: Bool,
        _ read: (inout AlertScanner, inout JSONCursor) throws(AlertDecodingError) -> Void
    ) throws(AlertDecodingError) -> AlertScan {
        let result = body.withUnsafeBufferPointer { bytes -> Result<AlertScan, AlertDecodingError> in
            var scanner = AlertScanner(limits: limits, isWebhook: isWebhook, capacity: bytes.count + 64)
            var cursor = JSONCursor(bytes, unescaped: UnescapedTexts(capacity: bytes.count))
            do throws(AlertDecodingError) {
                try read(&scanner, &cursor)
                try cursor.expectEnd()
            } catch {
                return .failure(error)
            }
            return .success(scanner.finished())
        }
        return try result.get()
    }

    private consuming func finished() -> AlertScan {
        writer.fillCount(scan.accepted, at: 1)
        scan.payload = writer.bytes
        return scan
    }

    private mutating func readAlerts(_ cursor: inout JSONCursor) throws(AlertDecodingError) {
        if try cursor.takeNull() { return }
        guard cursor.take("[") else {
            throw AlertDecodingError(.wrongShape, "the alerts must be an array", at: cursor.position)
        }
        if cursor.take("]") { return }
        repeat {
            guard index < limits.maxAlerts else {
                throw AlertDecodingError(
                    .tooManyAlerts, "the batch holds more than \(limits.maxAlerts) alerts", at: cursor.position)
            }
            try readAlert(&cursor)
            index += 1
        } while cursor.take(",")
        try cursor.expect("]")
    }

    private mutating func readAlert(_ cursor: inout JSONCursor) throws(AlertDecodingError) {
        draft.clear()
        guard cursor.peek() == UInt8(ascii: "{") else {
            try cursor.skip()
            return reject("an alert must be an object")
        }
        try cursor.object { (cursor, name) throws(AlertDecodingError) in
            if cursor.isEqual(name, "labels") {
                try draft.readLabels(&cursor)
            } else if cursor.isEqual(name, "annotations") {
                try draft.readAnnotations(&cursor)
            } else if cursor.isEqual(name, "startsAt") {
                draft.startsAt = try draft.time(&cursor, "startsAt")
            } else if cursor.isEqual(name, "endsAt") {
                draft.endsAt = try draft.time(&cursor, "endsAt")
            } else if cursor.isEqual(name, "generatorURL") {
                draft.generatorURL = try draft.text(&cursor, "generatorURL") ?? .empty
            } else if isWebhook, cursor.isEqual(name, "status") {
                draft.status = try draft.text(&cursor, "status") ?? .empty
            } else {
                try cursor.skip()
            }
        }
        if let problem = draft.check(limits, cursor) { return reject(problem) }
        draft.write(to: &writer, cursor, isWebhook: isWebhook)
        scan.accepted += 1
    }

    private mutating func reject(_ reason: String) {
        scan.rejected.append(RejectedAlert(index: index, reason: reason))
    }
}
