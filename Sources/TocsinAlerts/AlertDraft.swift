import TocsinCore

/// An alert as it was sent, before it is checked: places in the body, and what is wrong with it so far.
///
/// One draft serves all alerts of a body, so that its lists are made once.
struct AlertDraft {
    private struct Pair {
        var name: JSONSpan
        var value: JSONSpan
    }

    private var labels: [Pair] = []
    private var annotations: [Pair] = []
    var startsAt = Timestamp.unset
    var endsAt = Timestamp.unset
    var generatorURL = JSONSpan.empty
    /// Of an alert in a webhook's body: `firing` or `resolved`.
    var status = JSONSpan.empty
    private var problem: String?

    mutating func clear() {
        labels.removeAll(keepingCapacity: true)
        annotations.removeAll(keepingCapacity: true)
        startsAt = .unset
        endsAt = .unset
        generatorURL = .empty
        status = .empty
        problem = nil
    }

    private mutating func note(_ problem: String) { self.problem = self.problem ?? problem }

    mutating func readLabels(_ cursor: inout JSONCursor) throws(AlertDecodingError) {
        labels.removeAll(keepingCapacity: true)
        if let problem = try AlertDraft.readPairs(&cursor, "labels", into: &labels) { note(problem) }
    }

    mutating func readAnnotations(_ cursor: inout JSONCursor) throws(AlertDecodingError) {
        annotations.removeAll(keepingCapacity: true)
        if let problem = try AlertDraft.readPairs(&cursor, "annotations", into: &annotations) { note(problem) }
    }

    private static func readPairs(
        _ cursor: inout JSONCursor, _ what: String, into pairs: inout [Pair]
    ) throws(AlertDecodingError) -> String? {
        if try cursor.takeNull() { return nil }
        guard cursor.peek() == UInt8(ascii: "{") else {
            try cursor.skip()
            return "\(what) must be an object of texts"
        }
        var isText = true
        try cursor.object { (cursor, name) throws(AlertDecodingError) in
            guard cursor.peek() == UInt8(ascii: "\"") else {
                isText = false
                return try cursor.skip()
            }
            pairs.append(Pair(name: name, value: try cursor.string()))
        }
        return isText ? nil : "every value in \(what) must be a text"
    }

    mutating func text(_ cursor: inout JSONCursor, _ what: String) throws(AlertDecodingError) -> JSONSpan? {
        if try cursor.takeNull() { return nil }
        guard cursor.peek() == UInt8(ascii: "\"") else {
            try cursor.skip()
            note("\(what) must be a text")
            return nil
        }
        return try cursor.string()
    }

    mutating func time(_ cursor: inout JSONCursor, _ what: String) throws(AlertDecodingError) -> Timestamp {
        guard let text = try text(&cursor, what), text.count > 0 else { return .unset }
        guard let time = Timestamp(rfc3339: cursor.text(text)) else {
            note("\(what) must be a time such as 2026-01-31T12:00:00Z (RFC 3339)")
            return .unset
        }
        return time
    }

    /// What is wrong, or `nil`; puts labels and annotations in order.
    ///
    /// The rules are those of Alertmanager's `Alert.Validate`, and the tenant's limits.
    mutating func check(_ limits: AlertLimits, _ cursor: JSONCursor) -> String? {
        if let problem { return problem }
        // Before they are put in order, which takes longer the more there are.
        if labels.count > limits.maxLabels { return "there are more than \(limits.maxLabels) labels" }
        if annotations.count > limits.maxLabels { return "there are more than \(limits.maxLabels) annotations" }
        AlertDraft.order(&labels, cursor)
        AlertDraft.order(&annotations, cursor)
        if labels.isEmpty { return "at least one label pair required" }
        if !startsAt.isUnset, !endsAt.isUnset, endsAt < startsAt { return "start time must be before end time" }
        if let problem = AlertDraft.check(labels, "label", limits, mostBytes: limits.maxValueBytes) { return problem }
        if let problem = AlertDraft.check(annotations, "annotation", limits, mostBytes: limits.maxAnnotationBytes) {
            return problem
        }
        if generatorURL.count > limits.maxAnnotationBytes {
            return "generatorURL is longer than \(limits.maxAnnotationBytes) bytes"
        }
        return nil
    }

    private static func check(_ pairs: [Pair], _ what: String, _ limits: AlertLimits, mostBytes: Int) -> String? {
        for pair in pairs {
            if pair.name.count == 0 { return "a name of a \(what) is empty" }
            if pair.name.count > limits.maxNameBytes {
                return "a name of a \(what) is longer than \(limits.maxNameBytes) bytes"
            }
            if pair.value.count > mostBytes { return "a value of a \(what) is longer than \(mostBytes) bytes" }
        }
        return nil
    }

    /// Sorts by name; of two with the same name the later one counts, and empty values are left out: a ``LabelSet``'s
    /// order.
    private static func order(_ pairs: inout [Pair], _ cursor: JSONCursor) {
        // By insertion, because senders mostly send them sorted, and never many.
        for position in pairs.indices.dropFirst() {
            var at = position
            while at > 0, precedes(pairs[at].name, pairs[at - 1].name, cursor) {
                pairs.swapAt(at, at - 1)
                at -= 1
            }
        }
        let hasDoubles = zip(pairs, pairs.dropFirst()).contains { !precedes($0.name, $1.name, cursor) }
        if hasDoubles {
            var kept: [Pair] = []
            for pair in pairs {
                if let last = kept.last, !precedes(last.name, pair.name, cursor) { kept.removeLast() }
                kept.append(pair)
            }
            pairs = kept
        }
        pairs.removeAll { $0.value.count == 0 }
    }

    private static func precedes(_ left: JSONSpan, _ right: JSONSpan, _ cursor: JSONCursor) -> Bool {
        cursor.text(left).lexicographicallyPrecedes(cursor.text(right))
    }

    func write(to writer: inout RecordWriter, _ cursor: JSONCursor, isWebhook: Bool) {
        for pairs in [labels, annotations] {
            writer.write(UInt64(pairs.count))
            for pair in pairs {
                writer.write(text: cursor.text(pair.name))
                writer.write(text: cursor.text(pair.value))
            }
        }
        writer.write(startsAt)
        writer.write(endsAt)
        writer.write(text: cursor.text(generatorURL))
        let isResolved = isWebhook && cursor.isEqual(status, "resolved")
        writer.write(byte: (isWebhook ? AlertDecoder.webhookFlag : 0) | (isResolved ? AlertDecoder.resolvedFlag : 0))
    }
}
