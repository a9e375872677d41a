/// Runs a program over a text in all ways at once (Thompson 1968, Pike's list form), without ever going back.
///
/// Every instruction is visited at most once for every place of the text, so the time is bounded by the product of the
/// two lengths, whatever the pattern. No captures are kept: the first way that ends in a match decides.
struct RE2Machine {
    private typealias Words = UnsafeMutableBufferPointer<UInt32>

    /// The program counters that wait for the next scalar.
    private struct List {
        let items: Words
        var count = 0
    }

    private let program: RE2Program
    /// The last place, counted from 1, at which an instruction was visited.
    private let visited: Words
    private let stack: Words
    /// How many instructions were visited.
    private(set) var steps = 0

    private init(program: RE2Program, visited: Words, stack: Words) {
        self.program = program
        self.visited = visited
        self.stack = stack
    }

    /// Whether the program matches anywhere in a well-formed text.
    static func run(_ program: RE2Program, over text: UnsafeBufferPointer<UInt8>) -> (matches: Bool, steps: Int) {
        let count = program.instructions.count
        return withUnsafeTemporaryAllocation(of: UInt32.self, capacity: 4 * count) { words in
            words.initialize(repeating: 0)
            func part(_ number: Int) -> Words {
                Words(rebasing: words[number * count..<(number + 1) * count])
            }
            var machine = RE2Machine(program: program, visited: part(0), stack: part(1))
            let matches = machine.run(over: text, List(items: part(2)), List(items: part(3)))
            return (matches, machine.steps)
        }
    }

    private mutating func run(over text: UnsafeBufferPointer<UInt8>, _ first: List, _ second: List) -> Bool {
        var current = first
        var upcoming = second
        var reader = UTF8Scalars(text)
        var scalar = reader.next()
        var place: UInt32 = 1
        var here = RE2Assertions(between: nil, and: scalar)
        if add(program.start, to: &current, place, here) { return true }
        while let now = scalar {
            if current.count == 0, program.isAnchored { return false }
            scalar = reader.next()
            place += 1
            here = RE2Assertions(between: now, and: scalar)
            upcoming.count = 0
            for index in 0..<current.count {
                steps += 1
                let instruction = program.instructions[Int(current.items[index])]
                if accepts(instruction, now), add(instruction.next, to: &upcoming, place, here) { return true }
            }
            if !program.isAnchored, add(program.start, to: &upcoming, place, here) { return true }
            swap(&current, &upcoming)
        }
        return false
    }

    private func accepts(_ instruction: RE2Program.Instruction, _ scalar: UInt32) -> Bool {
        switch instruction.operation {
        case .scalar: instruction.argument == scalar
        case .anyButNewline: scalar != 0x0A
        case .any: true
        case .characterClass: program.classes[Int(instruction.argument)].contains(scalar)
        case .match, .split, .assertion: false
        }
    }

    /// Adds everything that can be reached without reading, and tells whether that is the end of a match.
    private mutating func add(_ start: Int32, to list: inout List, _ place: UInt32, _ here: RE2Assertions) -> Bool {
        var depth = 0
        push(start, place, &depth)
        while depth > 0 {
            depth -= 1
            let counter = stack[depth]
            let instruction = program.instructions[Int(counter)]
            switch instruction.operation {
            case .match:
                return true
            case .split:
                push(instruction.other, place, &depth)
                push(instruction.next, place, &depth)
            case .assertion:
                guard here.contains(RE2Assertions(rawValue: instruction.argument)) else { continue }
                push(instruction.next, place, &depth)
            case .scalar, .anyButNewline, .any, .characterClass:
                list.items[list.count] = counter
                list.count += 1
            }
        }
        return false
    }

    private mutating func push(_ counter: Int32, _ place: UInt32, _ depth: inout Int) {
        let index = Int(counter)
        guard visited[index] != place else { return }
        visited[index] = place
        steps += 1
        stack[depth] = UInt32(bitPattern: counter)
        depth += 1
    }
}
