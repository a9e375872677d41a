public import TocsinCore

/// A text of an alert that may be rewritten before the alert is kept.
public enum AlertText: Sendable, Hashable {
    /// The value of the label of this name.
    case label(String)
    /// The value of the annotation of this name.
    case annotation(String)
    /// Where the alert comes from.
    case generatorURL
}

extension AlertScan {
    /// Replaces texts of the alerts that were taken; a label's value that becomes empty leaves no label.
    ///
    /// - Parameter change: Answers the new text; `nil` for none.
    /// - Returns: How many texts were replaced.
    /// - Throws: `RecordError` if the payload is damaged, which this build's scanner does not do.
    @discardableResult
    public mutating func rewrite(
        _ change: (AlertText, UnsafeBufferPointer<UInt8>) -> [UInt8]?
    ) throws(RecordError) -> Int {
        var reader = RecordReader(payload)
        var writer = RecordWriter(capacity: payload.count + 256)
        var replaced = 0
        writer.write(byte: try reader.readByte())
        writer.reserveCount()
        let count = try reader.readCount()
        writer.fillCount(count, at: 1)
        func text(_ place: AlertText, _ old: [UInt8]) -> [UInt8] {
            guard let new = old.withUnsafeBufferPointer({ change(place, $0) }) else { return old }
            replaced += 1
            return new
        }
        for _ in 0..<count {
            for isLabel in [true, false] {
                var pairs: [([UInt8], [UInt8])] = []
                for _ in 0..<(try reader.readCount()) {
                    let (name, value) = (try reader.readBytes(), try reader.readBytes())
                    let word = String(decoding: name, as: UTF8.self)
                    pairs.append((name, text(isLabel ? .label(word) : .annotation(word), value)))
                }
                pairs.removeAll { $0.1.isEmpty }
                writer.write(UInt64(pairs.count))
                for (name, value) in pairs {
                    writer.write(name)
                    writer.write(value)
                }
            }
            writer.write(try reader.readTimestamp())
            writer.write(try reader.readTimestamp())
            writer.write(text(.generatorURL, try reader.readBytes()))
            writer.write(byte: try reader.readByte())
        }
        if replaced > 0 { payload = writer.bytes }
        return replaced
    }
}
