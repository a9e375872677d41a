/// A regular expression of Go's syntax that must fit a whole text, as Prometheus and Alertmanager use them.
///
/// Matching takes time in proportion to the pattern's and the text's lengths for every pattern there is, so a tenant's
/// pattern cannot hang a worker. Alertmanager puts a pattern between `^(?:` and `)$` before it reads it; so does this,
/// and therefore also accepts what only makes sense there, and shows those characters in errors.
public struct RE2Pattern: Sendable, Hashable {
    /// The longest pattern in bytes.
    public static let maximumLength = 131_072
    /// The most instructions a pattern may need; one that is only a list of texts needs none.
    public static let maximumProgramSize = 20_000

    private enum Engine: Sendable {
        case shortcut(RE2Shortcut, fallback: RE2Program?)
        case machine(RE2Program, prefix: [UInt8])
    }

    /// The pattern as it was written.
    public let pattern: String
    private let engine: Engine

    /// Reads a pattern.
    public init(_ pattern: String) throws(RE2Error) {
        guard pattern.utf8.count <= Self.maximumLength else {
            throw RE2Error(reason: .size, fragment: String(pattern.prefix(64)) + "…")
        }
        let wrapped = "^(?:" + pattern + ")$"
        let (tree, root) = try RE2Parser.parse(wrapped)
        let body = Self.body(tree, root)
        let shortcut = body.flatMap { RE2Shortcut(tree, $0) }
        self.pattern = pattern
        if case .anyOf? = shortcut, let shortcut {
            engine = .shortcut(shortcut, fallback: nil)
            return
        }
        guard tree.size(of: root) < Self.maximumProgramSize else { throw RE2Error(reason: .size, fragment: wrapped) }
        let program = RE2Program(tree, root: root)
        if let shortcut {
            engine = .shortcut(shortcut, fallback: program)
        } else {
            engine = .machine(program, prefix: Self.prefix(tree, body ?? []))
        }
    }

    /// All texts that the pattern fits, if it is no more than a list of them; `nil` otherwise.
    var texts: [String]? {
        guard case .shortcut(.anyOf(let texts), _) = engine else { return nil }
        return texts.map(\.text)
    }

    /// Whether the pattern fits the whole text.
    public func matches(_ text: String) -> Bool { match(text).matches }

    /// Whether the pattern fits, and how many instructions it took to find out.
    func match(_ text: String) -> (matches: Bool, steps: Int) {
        switch engine {
        case .shortcut(let shortcut, let fallback):
            if let answer = shortcut.matches(text) { return (answer, 0) }
            return fallback.map { Self.run($0, prefix: [], over: text) } ?? (false, 0)
        case .machine(let program, let prefix):
            return Self.run(program, prefix: prefix, over: text)
        }
    }

    private static func run(_ program: RE2Program, prefix: [UInt8], over text: String) -> (matches: Bool, steps: Int) {
        var text = text
        return text.withUTF8 { bytes in
            bytes.starts(with: prefix) ? RE2Machine.run(program, over: bytes) : (false, 0)
        }
    }

    /// What stands between the first `^` and the last `$`, unless the pattern's own parentheses tear those apart.
    private static func body(_ tree: RE2Tree, _ root: RE2Tree.Index) -> [RE2Tree.Index]? {
        guard case .concatenation(let items) = tree[root], items.count >= 2,
            tree[items[0]] == .assertion(.beginText), tree[items[items.count - 1]] == .assertion(.endText)
        else { return nil }
        var body = Array(items[1..<items.count - 1])
        while body.count == 1, case .concatenation(let children) = tree[body[0]] { body = children }
        return body
    }

    private static func prefix(_ tree: RE2Tree, _ body: [RE2Tree.Index]) -> [UInt8] {
        var bytes: [UInt8] = []
        for item in body {
            guard case .literal(let value) = tree[item], let scalar = Unicode.Scalar(value) else { break }
            bytes += Array(String(Character(scalar)).utf8)
        }
        return bytes
    }

    /// Whether both were written the same, byte by byte.
    public static func == (left: RE2Pattern, right: RE2Pattern) -> Bool {
        ExactText(left.pattern) == ExactText(right.pattern)
    }

    /// Hashes the pattern as it was written.
    public func hash(into hasher: inout Hasher) { ExactText(pattern).hash(into: &hasher) }
}
