import TocsinCore

/// Reads a pattern in the syntax of Go's `regexp` package (golang.org/s/re2syntax).
///
/// Errors name the same part of the pattern as Go's do. What only matters to captures and to the choice between several
/// matches (group names, lazy repetitions) is noted beside the tree, for ``RE2Search``.
struct RE2Parser {
    struct Flags {
        var foldsCase = false
        var isMultiLine = false
        var dotMatchesNewline = false
        var prefersFew = false
    }

    /// An open group: the branches before the last `|` and the items after it.
    private struct Frame {
        var branches: [RE2Tree.Index] = []
        var items: [RE2Tree.Index] = []
        let outerFlags: Flags
        let captures: Bool
    }

    /// The most ranges that all classes of a pattern may have together.
    private static let maximumRanges = 200_000

    let source: [UInt32]
    var position = 0
    var flags = Flags()
    var tree = RE2Tree()
    private var frames = [Frame(outerFlags: Flags(), captures: false)]
    /// Where the repetition operator starts that has just been read, if the last thing was one.
    private var lastRepetition: Int?
    private var rangeCount = 0
    /// The scripts that the pattern has named so far, because a name is looked up in a long text.
    var scripts: [String: ScalarRanges] = [:]
    /// Set when a search for `:]` has come to the end, so that many `[:` do not search again and again.
    var hasNoMorePOSIXEnds = false

    private init(_ pattern: String) { source = pattern.unicodeScalars.map(\.value) }

    /// The tree of a pattern and its root.
    static func parse(_ pattern: String) throws(RE2Error) -> (tree: RE2Tree, root: RE2Tree.Index) {
        var parser = RE2Parser(pattern)
        let root = try parser.parse()
        guard parser.tree.height(of: root) <= RE2Tree.maximumHeight else {
            throw parser.error(.nesting, from: 0)
        }
        return (parser.tree, root)
    }

    private mutating func parse() throws(RE2Error) -> RE2Tree.Index {
        while let scalar = peek() {
            let start = position
            let isRepetition = try parseItem(scalar)
            lastRepetition = isRepetition ? start : nil
        }
        guard frames.count == 1 else { throw error(.missingParenthesis, from: 0) }
        return closeFrame()
    }

    /// Reads one thing and tells whether it was a repetition operator.
    private mutating func parseItem(_ scalar: UInt32) throws(RE2Error) -> Bool {
        switch Unicode.Scalar(scalar) {
        case "(":
            try parseGroup()
        case "|":
            position += 1
            closeBranch()
        case ")":
            try parseGroupEnd()
        case "^":
            take(.assertion(flags.isMultiLine ? .beginLine : .beginText))
        case "$":
            take(.assertion(flags.isMultiLine ? .endLine : .endText))
        case ".":
            take(flags.dotMatchesNewline ? .any : .anyButNewline)
        case "[":
            push(try parseClass())
        case "*":
            return try parseRepetition(length: 1, minimum: 0, maximum: nil)
        case "+":
            return try parseRepetition(length: 1, minimum: 1, maximum: nil)
        case "?":
            return try parseRepetition(length: 1, minimum: 0, maximum: 1)
        case "{":
            return try parseCountedRepetition()
        case "\\":
            try parseBackslash()
        default:
            position += 1
            pushLiteral(scalar)
        }
        return false
    }

    // MARK: - The text

    func peek(_ offset: Int = 0) -> UInt32? {
        position + offset < source.count ? source[position + offset] : nil
    }

    func isNext(_ scalar: Unicode.Scalar, at offset: Int = 0) -> Bool { peek(offset) == scalar.value }

    func text(from start: Int, to end: Int) -> String {
        var scalars = String.UnicodeScalarView()
        for value in source[start..<end] { scalars.append(Unicode.Scalar(value) ?? "\u{FFFD}") }
        return String(scalars)
    }

    /// An error about the text from `start` to `end`, or to the end of the pattern.
    func error(_ reason: RE2Error.Reason, from start: Int, to end: Int? = nil) -> RE2Error {
        RE2Error(reason: reason, fragment: text(from: start, to: end ?? source.count))
    }

    // MARK: - Items

    mutating func push(_ index: RE2Tree.Index) { frames[frames.count - 1].items.append(index) }

    /// Reads one scalar that is the given node.
    private mutating func take(_ node: RE2Tree.Node) {
        position += 1
        push(tree.add(node))
    }

    /// An assertion or class of two scalars, such as `\A`.
    mutating func takePair(_ node: RE2Tree.Node) {
        position += 2
        push(tree.add(node))
    }

    mutating func pushLiteral(_ scalar: UInt32) {
        if flags.foldsCase {
            let orbit = RE2CaseFolding.orbit(of: scalar)
            if orbit.count > 1 {
                var letters = RE2CharacterClass()
                for form in orbit.sorted() { letters.ranges.add(form, form) }
                letters.seal()
                push(tree.add(letters))
                return
            }
        }
        push(tree.add(.literal(scalar)))
    }

    /// Counts the ranges of a class, which a short pattern can have many of.
    mutating func count(ranges: Int) throws(RE2Error) {
        rangeCount += ranges
        guard rangeCount <= Self.maximumRanges else { throw error(.size, from: 0) }
    }

    // MARK: - Groups

    mutating func openFrame(captures: Bool, name: String = "", outerFlags: Flags) {
        if captures { tree.groupNames.append(name) }
        frames.append(Frame(outerFlags: outerFlags, captures: captures))
    }

    private mutating func closeBranch() {
        let items = frames[frames.count - 1].items
        frames[frames.count - 1].items = []
        frames[frames.count - 1].branches.append(join(items))
    }

    private mutating func join(_ items: [RE2Tree.Index]) -> RE2Tree.Index {
        switch items.count {
        case 0: tree.add(.empty)
        case 1: items[0]
        default: tree.add(.concatenation(items))
        }
    }

    private mutating func closeFrame() -> RE2Tree.Index {
        closeBranch()
        let branches = frames.removeLast().branches
        return branches.count == 1 ? branches[0] : tree.add(.alternation(branches))
    }

    private mutating func parseGroupEnd() throws(RE2Error) {
        guard frames.count > 1 else { throw error(.unexpectedParenthesis, from: 0) }
        position += 1
        let frame = frames[frames.count - 1]
        let group = closeFrame()
        flags = frame.outerFlags
        push(frame.captures ? tree.add(.capture(group)) : group)
    }

    // MARK: - Repetitions

    /// Repeats the last item; `length` is the operator's own, without the `?` of its lazy form.
    private mutating func parseRepetition(length: Int, minimum: Int, maximum: Int?) throws(RE2Error) -> Bool {
        let start = position
        position += length
        var isLazy = flags.prefersFew
        if isNext("?") {
            position += 1
            isLazy.toggle()
        }
        if let lastRepetition { throw error(.nestedRepetition, from: lastRepetition, to: position) }
        guard let last = frames[frames.count - 1].items.popLast() else {
            throw error(.missingArgument, from: start, to: position)
        }
        let repetition = tree.add(.repetition(last, minimum: minimum, maximum: maximum))
        guard tree.repeats(of: repetition) <= RE2Tree.maximumRepeats else {
            throw error(.repeatCount, from: start, to: position)
        }
        if isLazy { tree.lazyRepetitions.insert(repetition) }
        push(repetition)
        return true
    }

    private mutating func parseCountedRepetition() throws(RE2Error) -> Bool {
        guard let counts = readCounts() else {
            position += 1
            pushLiteral(Unicode.Scalar("{").value)
            return false
        }
        let limit = RE2Tree.maximumRepeats
        guard counts.minimum <= limit, counts.maximum ?? 0 <= limit, counts.minimum <= counts.maximum ?? limit else {
            throw error(.repeatCount, from: position, to: position + counts.length)
        }
        return try parseRepetition(length: counts.length, minimum: counts.minimum, maximum: counts.maximum)
    }

    /// Looks for `{2}`, `{2,}` or `{2,3}`; everything else is a brace like any other.
    private func readCounts() -> (minimum: Int, maximum: Int?, length: Int)? {
        var offset = 1
        guard let minimum = readCount(&offset) else { return nil }
        var maximum: Int? = minimum
        if isNext(",", at: offset) {
            offset += 1
            if isNext("}", at: offset) {
                maximum = nil
            } else {
                guard let count = readCount(&offset) else { return nil }
                maximum = count
            }
        }
        guard isNext("}", at: offset) else { return nil }
        return (minimum, maximum, offset + 1)
    }

    /// A decimal without leading zeros; one that is far too large stays so without overflowing.
    private func readCount(_ offset: inout Int) -> Int? {
        let start = offset
        var value = 0
        while let scalar = peek(offset), (0x30...0x39).contains(scalar) {
            value = min(value * 10 + Int(scalar - 0x30), 1_000_000)
            offset += 1
        }
        guard offset > start, offset == start + 1 || !isNext("0", at: start) else { return nil }
        return value
    }
}
