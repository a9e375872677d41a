/// A pattern as instructions for ``RE2SearchMachine``: as ``RE2Program``, but with captures and an order of preference.
struct RE2SearchProgram: Sendable {
    enum Instruction: Sendable {
        case match
        /// Go on at both, the first being preferred.
        case split(Int, Int)
        case assertion(RE2Assertions, Int)
        /// Note the place in a slot.
        case save(Int, Int)
        case scalar(UInt32, Int)
        case anyButNewline(Int)
        case any(Int)
        case characterClass(Int, Int)
    }

    private(set) var instructions: [Instruction] = []
    private(set) var start = 0
    let classes: [RE2CharacterClass]
    /// The names of the groups, the whole match first.
    let groupNames: [String]

    var slotCount: Int { 2 * groupNames.count }

    /// Translates a tree whose size has been checked.
    init(_ tree: RE2Tree, root: RE2Tree.Index) {
        classes = tree.classes
        groupNames = [""] + tree.groupNames
        var compiler = Compiler(tree: tree)
        compiler.number(root)
        let match = compiler.emit(.match)
        start = compiler.emit(.save(0, compiler.compile(root, then: compiler.emit(.save(1, match)))))
        instructions = compiler.instructions
    }
}

/// Builds a program from its end to its start; it recurses as deep as the tree is, which the parser bounds.
private struct Compiler {
    let tree: RE2Tree
    var instructions: [RE2SearchProgram.Instruction] = []
    /// The numbers of the groups, from 1.
    private var groups: [RE2Tree.Index: Int] = [:]
    /// Which nodes can match nothing, as far as that has been asked.
    private var nullable: [RE2Tree.Index: Bool] = [:]

    init(tree: RE2Tree) { self.tree = tree }

    mutating func emit(_ instruction: RE2SearchProgram.Instruction) -> Int {
        instructions.append(instruction)
        return instructions.count - 1
    }

    /// Numbers the groups: the tree keeps the order of the text, so this is the order of the opening parentheses.
    mutating func number(_ index: RE2Tree.Index) {
        switch tree[index] {
        case .capture(let child):
            groups[index] = groups.count + 1
            number(child)
        case .concatenation(let children), .alternation(let children):
            for child in children { number(child) }
        case .repetition(let child, _, _):
            number(child)
        case .empty, .literal, .characterClass, .anyButNewline, .any, .assertion:
            break
        }
    }

    mutating func compile(_ index: RE2Tree.Index, then next: Int) -> Int {
        switch tree[index] {
        case .empty: return next
        case .literal(let scalar): return emit(.scalar(scalar, next))
        case .characterClass(let number): return emit(.characterClass(number, next))
        case .anyButNewline: return emit(.anyButNewline(next))
        case .any: return emit(.any(next))
        case .assertion(let assertions): return emit(.assertion(assertions, next))
        case .capture(let child):
            let group = groups[index] ?? 0
            let end = emit(.save(2 * group + 1, next))
            return emit(.save(2 * group, compile(child, then: end)))
        case .concatenation(let children):
            return children.reversed().reduce(next) { compile($1, then: $0) }
        case .alternation(let children):
            let starts = children.map { compile($0, then: next) }
            guard var start = starts.last else { return next }
            for branch in starts.dropLast().reversed() { start = emit(.split(branch, start)) }
            return start
        case .repetition(let child, let minimum, let maximum):
            let isLazy = tree.lazyRepetitions.contains(index)
            return compileRepetition(child, minimum: minimum, maximum: maximum, isLazy: isLazy, then: next)
        }
    }

    /// Whether a node can match without reading.
    private mutating func canBeEmpty(_ index: RE2Tree.Index) -> Bool {
        if let known = nullable[index] { return known }
        let answer: Bool
        switch tree[index] {
        case .empty, .assertion: answer = true
        case .literal, .characterClass, .anyButNewline, .any: answer = false
        case .capture(let child): answer = canBeEmpty(child)
        case .concatenation(let children): answer = children.allSatisfy { canBeEmpty($0) }
        case .alternation(let children): answer = children.contains { canBeEmpty($0) }
        case .repetition(let child, let minimum, _): answer = minimum == 0 || canBeEmpty(child)
        }
        nullable[index] = answer
        return answer
    }

    private mutating func compileRepetition(
        _ child: RE2Tree.Index, minimum: Int, maximum: Int?, isLazy: Bool, then next: Int
    ) -> Int {
        var start = next
        if let maximum {
            for _ in minimum..<max(minimum, maximum) {
                let copy = compile(child, then: start)
                start = emit(isLazy ? .split(next, copy) : .split(copy, next))
            }
        } else {
            start = emit(.split(next, next))
            let body = compile(child, then: start)
            instructions[start] = isLazy ? .split(next, body) : .split(body, next)
            // As in Go: `x*` of what can be empty is `(x+)?`, so that an empty first turn counts as one.
            if minimum > 0 || canBeEmpty(child) {
                start = minimum > 0 ? body : emit(isLazy ? .split(next, body) : .split(body, next))
                for _ in 1..<max(minimum, 1) { start = compile(child, then: start) }
                return start
            }
        }
        for _ in 0..<minimum { start = compile(child, then: start) }
        return start
    }
}
