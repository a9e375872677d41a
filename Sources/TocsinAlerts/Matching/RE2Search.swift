import TocsinCore

/// A regular expression of Go's syntax that is looked for anywhere in a text, as templates use it.
///
/// Of several matches the leftmost counts, and of those that start there the one that a backtracking matcher would find
/// first, as in Go's `regexp`. The time is in proportion to the pattern's and the text's lengths for every pattern.
public struct RE2Search: Sendable {
    /// The most capturing groups a pattern may have.
    public static let maximumGroups = 100

    /// Where a pattern matched, in offsets of UTF-8 bytes.
    public struct Match: Sendable, Hashable {
        /// The whole match, then the groups in the order of their parentheses; `nil` for a group that took no part.
        public let groups: [Range<Int>?]
    }

    private let tester: RE2Program
    private let program: RE2SearchProgram

    /// Reads a pattern.
    ///
    /// - Throws: `RE2Error` if the text is no pattern, or one that is too large.
    public init(_ pattern: String) throws(RE2Error) {
        guard pattern.utf8.count <= RE2Pattern.maximumLength else {
            throw RE2Error(reason: .size, fragment: String(pattern.prefix(64)) + "…")
        }
        let (tree, root) = try RE2Parser.parse(pattern)
        guard tree.size(of: root) < RE2Pattern.maximumProgramSize, tree.groupNames.count <= Self.maximumGroups else {
            throw RE2Error(reason: .size, fragment: pattern)
        }
        tester = RE2Program(tree, root: root)
        program = RE2SearchProgram(tree, root: root)
    }

    /// About how many steps each byte of a text can take, for callers that keep a budget.
    public var costPerByte: Int { program.instructions.count * program.groupNames.count }

    /// Whether the pattern matches anywhere in the text.
    public func matches(in text: String) -> Bool {
        var text = text
        return text.withUTF8 { RE2Machine.run(tester, over: $0).matches }
    }

    /// The first match, if there is one.
    public func firstMatch(in text: String) -> Match? {
        var text = text
        return text.withUTF8 { bytes in
            var machine = RE2SearchMachine(program: program, text: bytes)
            return machine.search(from: 0).map(Self.match)
        }
    }

    /// The text with every match replaced: Go's `Regexp.ReplaceAllString`.
    ///
    /// In the template `$1`, `$name`, `${1}` and `${name}` stand for groups, and `$$` for a dollar sign; what a name does
    /// not find is empty. A name is as long as it can be: `$1x` is the group called `1x`.
    ///
    /// - Parameter maximumLength: The most bytes that the result may have.
    /// - Returns: The new text, or `nil` if it is longer than allowed.
    public func replacingAll(in text: String, template: String, maximumLength: Int = .max) -> String? {
        var text = text
        let parts = RE2Replacement(template, groupNames: program.groupNames).parts
        return text.withUTF8 { bytes in
            var machine = RE2SearchMachine(program: program, text: bytes)
            var out: [UInt8] = []
            var copied = 0
            var place = 0
            while place <= bytes.count, let slots = machine.search(from: place) {
                let match = Self.match(slots)
                guard let whole = match.groups[0] else { break }
                out.append(contentsOf: bytes[copied..<whole.lowerBound])
                // As in Go: no empty match directly behind another match.
                if whole.upperBound > copied || whole.lowerBound == 0 {
                    for part in parts { part.append(to: &out, match, bytes) }
                }
                guard out.count <= maximumLength else { return nil }
                copied = whole.upperBound
                let width = max(RE2SearchMachine.scalar(at: place, in: bytes).width, 1)
                place = whole.upperBound > place ? whole.upperBound : place + width
            }
            out.append(contentsOf: bytes[min(copied, bytes.count)...])
            return out.count <= maximumLength ? String(decoding: out, as: UTF8.self) : nil
        }
    }

    private static func match(_ slots: [Int]) -> Match {
        Match(
            groups: stride(from: 0, to: slots.count, by: 2).map { index in
                slots[index] >= 0 && slots[index + 1] >= slots[index] ? slots[index]..<slots[index + 1] : nil
            })
    }
}
