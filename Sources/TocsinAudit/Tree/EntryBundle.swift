/// The form of a tile of entries: each with its length before it, two bytes, the higher first.
public enum EntryBundle {
    /// The most bytes of an entry.
    public static let mostBytes = 65_535

    /// Appends an entry.
    ///
    /// - Precondition: It has at most ``mostBytes``.
    public static func append(_ entry: [UInt8], to bundle: inout [UInt8]) {
        precondition(entry.count <= mostBytes, "an entry of \(entry.count) bytes")
        bundle.append(UInt8(entry.count >> 8))
        bundle.append(UInt8(entry.count & 255))
        bundle.append(contentsOf: entry)
    }

    /// The entries of a bundle; `nil` if it ends within one.
    public static func entries(of bundle: [UInt8]) -> [[UInt8]]? {
        var entries: [[UInt8]] = []
        var place = 0
        while place < bundle.count {
            guard place + 2 <= bundle.count else { return nil }
            let end = place + 2 + Int(bundle[place]) << 8 + Int(bundle[place + 1])
            guard end <= bundle.count else { return nil }
            entries.append(Array(bundle[place + 2..<end]))
            place = end
        }
        return entries
    }
}
