/// A pattern of literal pieces with `.*` or `.+` between them.
struct RE2Pieces: Sendable {
    /// What must stand before the first gap.
    private let prefix: [UInt8]
    /// What must be found after each gap, at least so many bytes behind what came before it.
    private let inner: [(gap: Int, bytes: [UInt8])]
    /// What must stand after the last gap.
    private let suffix: (gap: Int, bytes: [UInt8])
    private let gapsMatchNewline: Bool

    /// The pieces of a pattern between `^` and `$`, or `nil` if it has other parts or no gap.
    init?(_ tree: RE2Tree, _ body: [RE2Tree.Index]) {
        var parts: [(gap: Int, bytes: [UInt8])] = [(0, [])]
        var newline: Bool?
        for item in Self.flatten(body, in: tree) {
            switch tree[item] {
            case .literal(let scalar):
                guard let scalar = Unicode.Scalar(scalar) else { return nil }
                parts[parts.count - 1].bytes += Array(String(Character(scalar)).utf8)
            case .repetition(let child, let minimum, nil) where minimum <= 1:
                let matchesNewline = tree[child] == .any
                guard matchesNewline || tree[child] == .anyButNewline, newline ?? matchesNewline == matchesNewline
                else { return nil }
                newline = matchesNewline
                if parts.count > 1, parts[parts.count - 1].bytes.isEmpty {
                    // Two gaps in a row leave at least one scalar only if one of them asks for it, two ask for two.
                    guard parts[parts.count - 1].gap + minimum <= 1 else { return nil }
                    parts[parts.count - 1].gap += minimum
                } else {
                    parts.append((minimum, []))
                }
            default:
                return nil
            }
        }
        guard let newline, let suffix = parts.popLast() else { return nil }
        prefix = parts.removeFirst().bytes
        inner = parts
        self.suffix = suffix
        gapsMatchNewline = newline
    }

    /// Groups that only hold a row of items are looked into, one level deep.
    private static func flatten(_ items: [RE2Tree.Index], in tree: RE2Tree) -> [RE2Tree.Index] {
        items.flatMap { item -> [RE2Tree.Index] in
            switch tree[item] {
            case .concatenation(let children): children
            case .empty: []
            default: [item]
            }
        }
    }

    /// Whether the text matches, or `nil` if a newline makes it hard to tell.
    func match(_ text: String) -> Bool? {
        var text = text
        return text.withUTF8 { match($0[...]) }
    }

    private func match(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool? {
        guard gapsMatchNewline || !text.contains(0x0A) else { return nil }
        guard text.starts(with: prefix) else { return false }
        var rest = text.dropFirst(prefix.count)
        // The first place where a piece fits leaves the most room for those that follow.
        for piece in inner {
            guard let end = Self.end(of: piece.bytes, in: rest.dropFirst(piece.gap)) else { return false }
            rest = rest[end...]
        }
        guard rest.count >= suffix.gap + suffix.bytes.count else { return false }
        return rest.suffix(suffix.bytes.count).elementsEqual(suffix.bytes)
    }

    private static func end(of piece: [UInt8], in text: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        guard let first = piece.first, text.count >= piece.count else { return nil }
        for start in text.startIndex...(text.endIndex - piece.count) where text[start] == first {
            if text[start..<start + piece.count].elementsEqual(piece) { return start + piece.count }
        }
        return nil
    }
}
