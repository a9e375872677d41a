/// A pattern as instructions for ``RE2Machine``.
struct RE2Program: Sendable {
    struct Instruction: Sendable, Hashable {
        enum Operation: UInt8, Sendable {
            /// The text matches.
            case match
            /// Go on at `next` and at `other`.
            case split
            /// Go on if what `argument` asserts is true here.
            case assertion
            /// Go on behind the scalar `argument`.
            case scalar
            /// Go on behind any scalar but a newline.
            case anyButNewline
            /// Go on behind any scalar.
            case any
            /// Go on behind a scalar of the class with the number `argument`.
            case characterClass
        }

        var operation: Operation
        var next: Int32 = 0
        var other: Int32 = 0
        var argument: UInt32 = 0
    }

    fileprivate(set) var instructions: [Instruction] = []
    fileprivate(set) var start: Int32 = 0
    let classes: [RE2CharacterClass]
    /// Whether a match can only begin where the text does.
    let isAnchored: Bool

    /// Translates a tree whose size has been checked.
    init(_ tree: RE2Tree, root: RE2Tree.Index) {
        classes = tree.classes
        isAnchored = Self.startsWithText(tree, root)
        var compiler = RE2Compiler(tree: tree)
        let match = compiler.emit(Instruction(operation: .match))
        start = compiler.compile(root, then: match)
        instructions = compiler.instructions
    }

    private static func startsWithText(_ tree: RE2Tree, _ index: RE2Tree.Index) -> Bool {
        switch tree[index] {
        case .assertion(let assertions): assertions.contains(.beginText)
        case .concatenation(let children): children.first.map { startsWithText(tree, $0) } ?? false
        case .alternation(let children): children.allSatisfy { startsWithText(tree, $0) }
        case .capture(let child): startsWithText(tree, child)
        default: false
        }
    }
}

/// Builds a program from its end to its start, so that every instruction knows what follows it.
///
/// It recurses as deep as the tree is, which the parser bounds.
private struct RE2Compiler {
    typealias Instruction = RE2Program.Instruction

    let tree: RE2Tree
    var instructions: [Instruction] = []

    mutating func emit(_ instruction: Instruction) -> Int32 {
        instructions.append(instruction)
        return Int32(truncatingIfNeeded: instructions.count - 1)
    }

    /// Emits a node that goes on at `next`, and answers where it starts.
    mutating func compile(_ index: RE2Tree.Index, then next: Int32) -> Int32 {
        switch tree[index] {
        case .empty:
            return next
        case .literal(let scalar):
            return emit(Instruction(operation: .scalar, next: next, argument: scalar))
        case .characterClass(let number):
            return emit(
                Instruction(operation: .characterClass, next: next, argument: UInt32(truncatingIfNeeded: number)))
        case .anyButNewline:
            return emit(Instruction(operation: .anyButNewline, next: next))
        case .any:
            return emit(Instruction(operation: .any, next: next))
        case .assertion(let assertions):
            return emit(Instruction(operation: .assertion, next: next, argument: assertions.rawValue))
        case .capture(let child):
            return compile(child, then: next)
        case .concatenation(let children):
            return children.reversed().reduce(next) { compile($1, then: $0) }
        case .alternation(let children):
            return compileAlternation(children, then: next)
        case .repetition(let child, let minimum, let maximum):
            return compileRepetition(child, minimum: minimum, maximum: maximum, then: next)
        }
    }

    private mutating func compileAlternation(_ children: [RE2Tree.Index], then next: Int32) -> Int32 {
        let starts = children.map { compile($0, then: next) }
        guard var start = starts.last else { return next }
        for branch in starts.dropLast().reversed() {
            start = emit(Instruction(operation: .split, next: branch, other: start))
        }
        return start
    }

    /// `x{2,4}` becomes `xx(x(x)?)?`, and `x{2,}` becomes `xxx*`.
    private mutating func compileRepetition(
        _ child: RE2Tree.Index, minimum: Int, maximum: Int?, then next: Int32
    ) -> Int32 {
        var start = next
        if let maximum {
            for _ in minimum..<max(minimum, maximum) {
                let copy = compile(child, then: start)
                start = emit(Instruction(operation: .split, next: copy, other: next))
            }
        } else {
            start = emit(Instruction(operation: .split, other: next))
            let body = compile(child, then: start)
            instructions[Int(start)].next = body
        }
        for _ in 0..<minimum { start = compile(child, then: start) }
        return start
    }
}
