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
    public fileprivate(set) var payload: [UInt8]
    /// How many were taken.
    public fileprivate(set) var accepted = 0
    /// Which were not, and why.
    public fileprivate(set) var rejected: [RejectedAlert] = []
}

/// Checks posted alerts and packs those that are good.
///
/// One pass over the bytes: this is the hot path of an ingest node.
public struct AlertScanner {
    private let limits: AlertLimits
    private var writer = RecordWriter(capacity: 4096)
    private var scan = AlertScan(payload: [])
    private var index = 0

    private init(limits: AlertLimits) { self.limits = limits }

    /// Reads the body of Alertmanager's `POST /api/v2/alerts`: an array of alerts.
    ///
    /// - Throws: ``AlertDecodingError`` if the body as a whole cannot be read. An alert that is wrong does not keep the
    ///   others from being taken.
    public static func scan(_ body: [UInt8], limits: AlertLimits) throws(AlertDecodingError) -> AlertScan {
        try scan(body, limits: limits) { (scanner, cursor) throws(AlertDecodingError) in
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
        try scan(body, limits: limits) { (scanner, cursor) throws(AlertDecodingError) in
            guard cursor.peek() == UInt8(ascii: "{") else {
                throw AlertDecodingError(
                    .wrongShape, "the body must be an object, as Alertmanager's webhook posts it", at: cursor.position)
            }
            var hasAlerts = false
            try cursor.object { (cursor, name) throws(AlertDecodingError) in
                guard name == "alerts", !hasAlerts else { return try cursor.skip() }
                hasAlerts = true
                try scanner.readAlerts(&cursor)
            }
            guard hasAlerts else {
                throw AlertDecodingError(.wrongShape, "the body has no list 'alerts'", at: cursor.position)
            }
        }
    }

    private static func scan(
        _ body: [UInt8], limits: AlertLimits,
        _ read: (inout AlertScanner, inout JSONCursor) throws(AlertDecodingError) -> Void
    ) throws(AlertDecodingError) -> AlertScan {
        let result = body.withUnsafeBufferPointer { bytes -> Result<AlertScan, AlertDecodingError> in
            var scanner = AlertScanner(limits: limits)
            var cursor = JSONCursor(bytes)
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

    private func finished() -> AlertScan {
        var scan = scan
        var head = RecordWriter(capacity: writer.bytes.count + 8)
        head.write(byte: AlertDecoder.version)
        head.write(UInt64(scan.accepted))
        scan.payload = head.bytes + writer.bytes
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
        var draft = AlertDraft()
        guard cursor.peek() == UInt8(ascii: "{") else {
            try cursor.skip()
            return reject("an alert must be an object")
        }
        try cursor.object { (cursor, name) throws(AlertDecodingError) in
            switch name {
            case "labels": draft.labels = try Self.map(&cursor, "labels", &draft)
            case "annotations": draft.annotations = try Self.map(&cursor, "annotations", &draft)
            case "startsAt": draft.startsAt = try Self.time(&cursor, "startsAt", &draft)
            case "endsAt": draft.endsAt = try Self.time(&cursor, "endsAt", &draft)
            case "generatorURL": draft.generatorURL = try Self.text(&cursor, "generatorURL", &draft) ?? ""
            default: try cursor.skip()
            }
        }
        if let problem = draft.problem ?? draft.check(limits) { return reject(problem) }
        draft.write(to: &writer)
        scan.accepted += 1
    }

    private mutating func reject(_ reason: String) {
        scan.rejected.append(RejectedAlert(index: index, reason: reason))
    }

    private static func map(
        _ cursor: inout JSONCursor, _ what: String, _ draft: inout AlertDraft
    ) throws(AlertDecodingError) -> LabelSet {
        if try cursor.takeNull() { return LabelSet() }
        guard cursor.peek() == UInt8(ascii: "{") else {
            try cursor.skip()
            draft.note("\(what) must be an object of texts")
            return LabelSet()
        }
        var labels: [Label] = []
        var isText = true
        try cursor.object { (cursor, name) throws(AlertDecodingError) in
            guard cursor.peek() == UInt8(ascii: "\"") else {
                isText = false
                return try cursor.skip()
            }
            labels.append(Label(name: name, value: try cursor.string()))
        }
        if !isText { draft.note("every value in \(what) must be a text") }
        return LabelSet(unsorted: labels)
    }

    private static func text(
        _ cursor: inout JSONCursor, _ what: String, _ draft: inout AlertDraft
    ) throws(AlertDecodingError) -> String? {
        if try cursor.takeNull() { return nil }
        guard cursor.peek() == UInt8(ascii: "\"") else {
            try cursor.skip()
            draft.note("\(what) must be a text")
            return nil
        }
        return try cursor.string()
    }

    private static func time(
        _ cursor: inout JSONCursor, _ what: String, _ draft: inout AlertDraft
    ) throws(AlertDecodingError) -> Timestamp {
        guard let text = try text(&cursor, what, &draft), !text.isEmpty else { return .unset }
        guard let time = Timestamp(rfc3339: text.utf8) else {
            draft.note("\(what) must be a time such as 2026-01-31T12:00:00Z (RFC 3339)")
            return .unset
        }
        return time
    }
}

/// An alert as it was sent, before it is checked.
private struct AlertDraft {
    var labels = LabelSet()
    var annotations = LabelSet()
    var startsAt = Timestamp.unset
    var endsAt = Timestamp.unset
    var generatorURL = ""
    private(set) var problem: String?

    mutating func note(_ problem: String) { self.problem = self.problem ?? problem }

    /// What is wrong, or `nil`.
    ///
    /// The rules are those of Alertmanager's `Alert.Validate`, and the tenant's limits.
    func check(_ limits: AlertLimits) -> String? {
        if labels.isEmpty { return "at least one label is required" }
        if !startsAt.isUnset, !endsAt.isUnset, endsAt < startsAt { return "endsAt must not be before startsAt" }
        for (set, what, bytes) in [
            (labels, "label", limits.maxValueBytes), (annotations, "annotation", limits.maxAnnotationBytes),
        ] {
            if set.labels.count > limits.maxLabels { return "there are more than \(limits.maxLabels) \(what)s" }
            for label in set.labels {
                if label.name.isEmpty { return "a name of a \(what) is empty" }
                if label.name.utf8.count > limits.maxNameBytes {
                    return "a name of a \(what) is longer than \(limits.maxNameBytes) bytes"
                }
                if label.value.utf8.count > bytes { return "a value of a \(what) is longer than \(bytes) bytes" }
            }
        }
        if generatorURL.utf8.count > limits.maxAnnotationBytes {
            return "generatorURL is longer than \(limits.maxAnnotationBytes) bytes"
        }
        return nil
    }

    func write(to writer: inout RecordWriter) {
        labels.write(to: &writer)
        annotations.write(to: &writer)
        writer.write(startsAt)
        writer.write(endsAt)
        writer.write(generatorURL)
    }
}
