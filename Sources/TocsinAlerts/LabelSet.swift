public import TocsinCore

/// A name and its value.
public struct Label: Sendable, Hashable {
    /// The name, never empty.
    public let name: String
    /// The value, never empty: a label without one is the same as none.
    public let value: String

    /// Makes a label.
    public init(name: String, value: String) {
        self.name = name
        self.value = value
    }
}

/// Labels, each name once, in the order of their names' bytes.
public struct LabelSet: Sendable, Hashable {
    /// The labels, sorted by name.
    public let labels: [Label]

    /// No labels.
    public init() { labels = [] }

    /// Makes a set of pairs; of two with the same name the later one counts, and empty values are left out.
    public init(_ pairs: some Sequence<(String, String)>) {
        self.init(unsorted: pairs.map { Label(name: $0, value: $1) })
    }

    init(unsorted: [Label]) {
        var sorted = unsorted
        // Senders mostly send them sorted. The sort must be stable for the later of two equal names to count.
        if !zip(unsorted, unsorted.dropFirst()).allSatisfy({ $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }) {
            sorted = unsorted.enumerated().sorted { left, right in
                if left.element.name == right.element.name { return left.offset < right.offset }
                return left.element.name.utf8.lexicographicallyPrecedes(right.element.name.utf8)
            }.map(\.element)
            var kept: [Label] = []
            for label in sorted {
                if kept.last?.name == label.name { kept.removeLast() }
                kept.append(label)
            }
            sorted = kept
        }
        labels = sorted.contains { $0.value.isEmpty } ? sorted.filter { !$0.value.isEmpty } : sorted
    }

    /// Whether there is none.
    public var isEmpty: Bool { labels.isEmpty }

    /// The value of a label, or `nil` if there is none of that name.
    public subscript(name: String) -> String? { labels.first { $0.name == name }?.value }

    /// Only the labels of these names.
    public func keeping(_ names: Set<String>) -> LabelSet {
        LabelSet(unsorted: labels.filter { names.contains($0.name) })
    }

    /// Only the labels that the other set has too, with the same value.
    public func common(with other: LabelSet) -> LabelSet {
        LabelSet(
            unsorted: labels.filter { label in
                // By bytes: texts that look the same need not be.
                other[label.name].map { $0.utf8.elementsEqual(label.value.utf8) } ?? false
            })
    }

    /// As Alertmanager writes a label set in a group key: `{alertname="X", job="y"}`.
    public var alertmanagerText: String {
        "{" + labels.map { $0.name + "=" + GoQuoting.quote($0.value) }.joined(separator: ", ") + "}"
    }

    /// FNV-1a, 64 bits, over names and values with 0xFF behind each: Prometheus' `LabelSet.Fingerprint`.
    ///
    /// Source: prometheus/common, `model/signature.go` and `model/fnv.go`.
    public var fingerprint: UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
        for label in labels {
            for byte in label.name.utf8 { add(byte) }
            add(0xFF)
            for byte in label.value.utf8 { add(byte) }
            add(0xFF)
        }
        return hash
    }

    /// Writes the set to a record.
    public func write(to writer: inout RecordWriter) {
        writer.write(UInt64(labels.count))
        for label in labels {
            writer.write(label.name)
            writer.write(label.value)
        }
    }

    /// Reads what ``write(to:)`` wrote.
    ///
    /// - Throws: `RecordError` if the record is damaged.
    public init(from reader: inout RecordReader) throws(RecordError) {
        var labels: [Label] = []
        for _ in 0..<(try reader.readCount()) {
            labels.append(Label(name: try reader.readString(), value: try reader.readString()))
        }
        self.init(unsorted: labels)
    }
}
