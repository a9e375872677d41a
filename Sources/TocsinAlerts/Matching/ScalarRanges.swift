/// A set of Unicode scalars, as ranges.
struct ScalarRanges: Sendable, Hashable {
    struct Range: Sendable, Hashable {
        var first: UInt32
        var last: UInt32
    }

    static let maximumScalar: UInt32 = 0x10FFFF

    /// In ascending order without overlap once `normalize` has been called.
    private(set) var ranges: [Range] = []
    private var isNormal = true

    init() {}

    init(_ pairs: [(UInt32, UInt32)]) {
        for (first, last) in pairs { add(first, last) }
        normalize()
    }

    var isEmpty: Bool { ranges.isEmpty }

    mutating func add(_ first: UInt32, _ last: UInt32) {
        if let top = ranges.last, top.last >= first { isNormal = false }
        ranges.append(Range(first: first, last: last))
    }

    mutating func add(_ other: ScalarRanges) {
        for range in other.ranges { add(range.first, range.last) }
    }

    /// Sorts the ranges and joins those that touch.
    mutating func normalize() {
        if !isNormal { ranges.sort { $0.first < $1.first } }
        var joined: [Range] = []
        for range in ranges {
            if let top = joined.last, range.first <= top.last + 1 {
                joined[joined.count - 1].last = max(top.last, range.last)
            } else {
                joined.append(range)
            }
        }
        ranges = joined
        isNormal = true
    }

    /// Everything that is not in this normalized set.
    var complement: ScalarRanges {
        var out = ScalarRanges()
        var next: UInt32 = 0
        for range in ranges {
            if next < range.first { out.add(next, range.first - 1) }
            next = range.last + 1
        }
        if next <= Self.maximumScalar { out.add(next, Self.maximumScalar) }
        return out
    }

    /// Whether this normalized set has the scalar.
    func contains(_ scalar: UInt32) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].last < scalar { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].first <= scalar
    }
}
