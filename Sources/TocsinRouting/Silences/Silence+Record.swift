import TocsinAlerts
public import TocsinCore

extension Silence {
    /// Writes the silence to a record.
    public func write(to writer: inout RecordWriter) {
        writer.write(byte: 1)
        writer.write(id)
        writer.write(UInt64(matchers.count))
        for matcher in matchers {
            writer.write(matcher.name)
            writer.write(matcher.comparison.rawValue)
            writer.write(matcher.value)
        }
        writer.write(startsAt)
        writer.write(endsAt)
        writer.write(updatedAt)
        writer.write(createdBy)
        writer.write(comment)
        annotations.write(to: &writer)
    }

    /// Reads what ``write(to:)`` wrote.
    ///
    /// - Throws: `RecordError` if the record is damaged or of a version that this build does not know.
    public init(from reader: inout RecordReader) throws(RecordError) {
        guard try reader.readByte() == 1 else {
            throw RecordError(message: "a silence of a version that this build does not know")
        }
        let id = try reader.readString()
        var matchers: [Matcher] = []
        for _ in 0..<(try reader.readCount()) { matchers.append(try Silence.readMatcher(&reader)) }
        self.init(
            id: id, matchers: matchers, startsAt: try reader.readTimestamp(), endsAt: try reader.readTimestamp(),
            updatedAt: try reader.readTimestamp(), createdBy: try reader.readString(),
            comment: try reader.readString(), annotations: try LabelSet(from: &reader))
    }

    private static func readMatcher(_ reader: inout RecordReader) throws(RecordError) -> Matcher {
        let name = try reader.readString()
        guard let comparison = Matcher.Comparison(rawValue: try reader.readString()) else {
            throw RecordError(message: "a silence with a comparison that this build does not know")
        }
        let value = try reader.readString()
        do throws(MatcherError) {
            return try Matcher(name: name, comparison: comparison, value: value)
        } catch {
            throw RecordError(message: "a silence with a pattern that this build cannot read")
        }
    }
}
