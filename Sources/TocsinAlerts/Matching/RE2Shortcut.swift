/// Ways to match common patterns without a machine.
enum RE2Shortcut: Sendable {
    /// The text is one of these: `foo`, `foo|bar`, `foo-(a|b)`.
    case anyOf(Set<ExactText>)
    /// The text has these pieces in order, with anything between: `foo.*`, `.*foo.+bar`.
    case pieces(RE2Pieces)

    /// The most texts, and the most bytes in them, that a pattern is spelled out into.
    private static let maximumTexts = 10_000
    private static let maximumBytes = 1_000_000

    /// The shortcut for a pattern between `^` and `$`, if there is one.
    init?(_ tree: RE2Tree, _ body: [RE2Tree.Index]) {
        if let texts = Self.spellOut(body, in: tree, limit: Self.maximumTexts) {
            self = .anyOf(Set(texts.map(ExactText.init)))
        } else if let pieces = RE2Pieces(tree, body) {
            self = .pieces(pieces)
        } else {
            return nil
        }
    }

    /// Whether the text matches, or `nil` if only the machine can tell.
    func matches(_ text: String) -> Bool? {
        switch self {
        case .anyOf(let texts): texts.contains(ExactText(text))
        case .pieces(let pieces): pieces.match(text)
        }
    }

    /// All texts that the items can be in a row, if those are few.
    private static func spellOut(_ items: [RE2Tree.Index], in tree: RE2Tree, limit: Int) -> [String]? {
        var texts = [""]
        for item in items {
            guard let endings = spellOut(item, in: tree, limit: limit / texts.count) else { return nil }
            guard endings.count != 1 || texts.count != 1 else {
                texts[0] += endings[0]
                continue
            }
            let bytes = endings.reduce(0) { $0 + $1.utf8.count } * texts.count
            guard bytes + texts.reduce(0, { $0 + $1.utf8.count }) * endings.count <= maximumBytes else { return nil }
            texts = texts.flatMap { start in endings.map { start + $0 } }
        }
        return texts
    }

    private static func spellOut(_ item: RE2Tree.Index, in tree: RE2Tree, limit: Int) -> [String]? {
        guard limit > 0 else { return nil }
        switch tree[item] {
        case .empty:
            return [""]
        case .literal(let scalar):
            return Unicode.Scalar(scalar).map { [String(Character($0))] }
        case .capture(let child):
            return spellOut(child, in: tree, limit: limit)
        case .concatenation(let children):
            return spellOut(children, in: tree, limit: limit)
        case .repetition(let child, 0, 1):
            return spellOut(child, in: tree, limit: limit - 1).map { $0 + [""] }
        case .alternation(let children):
            var texts: [String] = []
            for child in children {
                guard let more = spellOut(child, in: tree, limit: limit - texts.count) else { return nil }
                texts += more
            }
            return texts
        default:
            return nil
        }
    }
}
