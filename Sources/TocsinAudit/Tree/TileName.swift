/// The name of a file of a tiled log, as <https://c2sp.org/tlog-tiles> has it: hashes of a level, or entries.
public struct TileName: Sendable, Hashable {
    /// How many hashes or entries a full tile has.
    public static let width: UInt64 = 256

    /// How many levels of 256 each the tile's hashes stand above the leaves; `nil` for the entries themselves.
    public let level: Int?
    /// The tile's place in its level, from 0.
    public let index: UInt64
    /// How many hashes or entries it has: 1 to 256.
    public let width: Int

    /// A tile.
    public init(level: Int?, index: UInt64, width: Int = 256) {
        self.level = level
        self.index = index
        self.width = width
    }

    /// Reads a path such as `tile/0/x001/234.p/5` or `tile/entries/000`; `nil` for anything else.
    public init?(path: some StringProtocol) {
        var parts = String(path).split(separator: "/", omittingEmptySubsequences: false).map { String($0) }
        guard parts.count >= 3, parts[0] == "tile" else { return nil }
        if parts[1] == "entries" {
            level = nil
        } else {
            guard let level = Self.number(parts[1], below: 64) else { return nil }
            self.level = Int(level)
        }
        width = Self.takeWidth(&parts) ?? 256
        guard let index = Self.index(parts.dropFirst(2)) else { return nil }
        self.index = index
        guard self.path == path else { return nil }
    }

    /// The path, without a slash before it.
    public var path: String {
        var digits = [index % 1000]
        var rest = index / 1000
        while rest > 0 {
            digits.insert(rest % 1000, at: 0)
            rest /= 1000
        }
        let names = digits.enumerated().map { place, number in
            (place < digits.count - 1 ? "x" : "") + String(repeating: "0", count: 3 - String(number).count)
                + String(number)
        }
        return "tile/\(level.map(String.init) ?? "entries")/" + names.joined(separator: "/")
            + (width < 256 ? ".p/\(width)" : "")
    }

    /// The tiles that a tree of a size has, the entries last in each row.
    public static func all(size: UInt64) -> [TileName] {
        var names: [TileName] = []
        var (count, level) = (size, 0)
        while count > 0 {
            names += row(level, count: count)
            if level == 0 { names += row(nil, count: count) }
            (count, level) = (count / width, level + 1)
        }
        return names
    }

    static func row(_ level: Int?, count: UInt64) -> [TileName] {
        var names = (0..<count / width).map { TileName(level: level, index: $0) }
        if count % width > 0 { names.append(TileName(level: level, index: count / width, width: Int(count % width))) }
        return names
    }

    private static func takeWidth(_ parts: inout [String]) -> Int? {
        guard parts.count >= 4, parts[parts.count - 2].hasSuffix(".p"),
            let width = number(parts[parts.count - 1], below: 256), width > 0
        else { return nil }
        parts.removeLast()
        parts[parts.count - 1].removeLast(2)
        return Int(width)
    }

    private static func index(_ parts: ArraySlice<String>) -> UInt64? {
        guard (1...6).contains(parts.count) else { return nil }
        var index: UInt64 = 0
        for (place, part) in parts.enumerated() {
            let digits = place < parts.count - 1 ? part.dropFirst() : part[...]
            guard digits.utf8.count == 3, let number = UInt64(digits) else { return nil }
            index = index * 1000 + number
        }
        return index
    }

    private static func number(_ text: String, below end: UInt64) -> UInt64? {
        UInt64(text).flatMap { $0 < end ? $0 : nil }
    }
}
