/// Where the text of a JSON string is: in the body itself, or among the texts that had to be unescaped.
struct JSONSpan {
    /// The first byte.
    var start: Int
    /// The number of bytes.
    var count: Int
    /// Whether ``start`` counts in ``UnescapedTexts``.
    var isUnescaped: Bool

    /// No text.
    static let empty = JSONSpan(start: 0, count: 0, isUnescaped: false)
}

/// The texts of strings that held escapes, one after another.
///
/// They stand in one block whose room is that of the body, because unescaping never lengthens a text: so it never moves,
/// and pointers into it stay good. Used by one scanner at a time, within one call.
final class UnescapedTexts {
    private let block: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private var count = 0

    /// - Parameter capacity: The length of the body, in bytes.
    init(capacity: Int) {
        self.capacity = max(1, capacity)
        block = .allocate(capacity: self.capacity)
    }

    deinit { block.deallocate() }

    /// Where the texts begin.
    var start: UnsafePointer<UInt8> { UnsafePointer(block) }

    /// Keeps a text.
    func append(_ text: [UInt8]) -> JSONSpan {
        precondition(count + text.count <= capacity, "an unescaped text is never longer than its source")
        text.withUnsafeBufferPointer { source in
            if let base = source.baseAddress { (block + count).update(from: base, count: source.count) }
        }
        defer { count += text.count }
        return JSONSpan(start: count, count: text.count, isUnescaped: true)
    }
}

extension StaticString {
    /// Its bytes.
    var asBytes: UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(start: utf8Start, count: utf8CodeUnitCount) }
}
