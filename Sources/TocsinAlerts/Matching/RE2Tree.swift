/// The syntax of a pattern as a tree in one array, so that neither building nor dropping a deep one recurses.
struct RE2Tree: Sendable {
    typealias Index = Int

    enum Node: Sendable, Hashable {
        case empty
        case literal(UInt32)
        case characterClass(Int)
        case anyButNewline
        case any
        case assertion(RE2Assertions)
        case concatenation([Index])
        case alternation([Index])
        case repetition(Index, minimum: Int, maximum: Int?)
        case capture(Index)
    }

    /// As in Go: deeper patterns are refused.
    static let maximumHeight = 1000
    /// As in Go: `a{1001}` and `(a{10}){101}` are refused.
    static let maximumRepeats = 1000

    private struct Measure {
        var size: Int
        var height: Int
        var repeats: Int
    }

    private(set) var nodes: [Node] = []
    /// The repetitions that prefer few, which only a search asks about.
    var lazyRepetitions: Set<Index> = []
    /// The names of the capturing groups in the order of their opening parentheses; empty for those without one.
    var groupNames: [String] = []
    private(set) var classes: [RE2CharacterClass] = []
    private var measures: [Measure] = []
    private var classIndex: [RE2CharacterClass: Int] = [:]

    subscript(index: Index) -> Node { nodes[index] }

    /// The number of instructions the node needs, about; saturates instead of overflowing.
    func size(of index: Index) -> Int { measures[index].size }
    func height(of index: Index) -> Int { measures[index].height }
    /// The largest product of counted repetitions on a way down from the node.
    func repeats(of index: Index) -> Int { measures[index].repeats }

    mutating func add(_ node: Node) -> Index {
        nodes.append(node)
        measures.append(measure(node))
        return nodes.count - 1
    }

    mutating func add(_ characterClass: RE2CharacterClass) -> Index {
        let index = classIndex[characterClass] ?? classes.count
        if index == classes.count {
            classes.append(characterClass)
            classIndex[characterClass] = index
        }
        return add(.characterClass(index))
    }

    private func measure(_ node: Node) -> Measure {
        switch node {
        case .empty, .literal, .characterClass, .anyButNewline, .any, .assertion:
            Measure(size: 1, height: 1, repeats: 1)
        case .concatenation(let children):
            combine(children, extra: 0)
        case .alternation(let children):
            combine(children, extra: children.count)
        case .capture(let child):
            combine([child], extra: 0)
        case .repetition(let child, let minimum, let maximum):
            measureRepetition(combine([child], extra: 0), minimum: minimum, maximum: maximum)
        }
    }

    private func combine(_ children: [Index], extra: Int) -> Measure {
        children.reduce(into: Measure(size: extra, height: 1, repeats: 1)) { sum, child in
            let part = measures[child]
            sum.size = Self.sum(sum.size, part.size)
            sum.height = max(sum.height, part.height + 1)
            sum.repeats = max(sum.repeats, part.repeats)
        }
    }

    private func measureRepetition(_ child: Measure, minimum: Int, maximum: Int?) -> Measure {
        let copies = max(maximum ?? minimum, 1)
        let splits = maximum.map { $0 - minimum } ?? 1
        return Measure(
            size: Self.sum(Self.product(child.size, copies), splits + 1), height: child.height,
            repeats: maximum == 0 ? 1 : Self.product(child.repeats, copies))
    }

    private static func sum(_ left: Int, _ right: Int) -> Int {
        let (sum, overflow) = left.addingReportingOverflow(right)
        return overflow ? .max : sum
    }

    private static func product(_ left: Int, _ right: Int) -> Int {
        let (product, overflow) = left.multipliedReportingOverflow(by: right)
        return overflow ? .max : product
    }
}
