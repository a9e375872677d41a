/// Runs a program over a text in all ways at once, in the order of preference, and keeps where the groups matched.
///
/// Pike's machine: every instruction is visited at most once for every place, so the time is bounded by the product of
/// the text's length, the program's and the number of groups. The first thread in the list is the preferred one.
struct RE2SearchMachine {
    typealias Slots = [Int]

    private struct Thread {
        let counter: Int
        let slots: Slots
    }

    private let program: RE2SearchProgram
    private let text: UnsafeBufferPointer<UInt8>
    private var visited: [Int]
    private var stack: [Thread] = []

    init(program: RE2SearchProgram, text: UnsafeBufferPointer<UInt8>) {
        self.program = program
        self.text = text
        visited = Array(repeating: -1, count: program.instructions.count)
    }

    /// The slots of the first match at or behind a place, which must be the start of a scalar.
    mutating func search(from start: Int) -> Slots? {
        for index in visited.indices { visited[index] = -1 }
        var current: [Thread] = []
        var upcoming: [Thread] = []
        var found: Slots?
        var place = start
        var previous = Self.scalar(before: start, in: text)
        while true {
            let (scalar, width) = Self.scalar(at: place, in: text)
            if found == nil {
                let here = RE2Assertions(between: previous, and: scalar)
                add(program.start, Array(repeating: -1, count: program.slotCount), to: &current, place, here)
            }
            if current.isEmpty, found != nil { return found }
            let following = Self.scalar(at: place + width, in: text).value
            let after = RE2Assertions(between: scalar, and: following)
            upcoming.removeAll(keepingCapacity: true)
            for thread in current {
                let instruction = program.instructions[thread.counter]
                if case .match = instruction {
                    found = thread.slots
                    break
                }
                guard let scalar, let next = accepts(instruction, scalar) else { continue }
                add(next, thread.slots, to: &upcoming, place + width, after)
            }
            guard scalar != nil else { return found }
            swap(&current, &upcoming)
            previous = scalar
            place += width
        }
    }

    private func accepts(_ instruction: RE2SearchProgram.Instruction, _ scalar: UInt32) -> Int? {
        switch instruction {
        case .scalar(let wanted, let next): wanted == scalar ? next : nil
        case .anyButNewline(let next): scalar != 0x0A ? next : nil
        case .any(let next): next
        case .characterClass(let number, let next): program.classes[number].contains(scalar) ? next : nil
        case .match, .split, .assertion, .save: nil
        }
    }

    /// Adds everything that can be reached without reading, the preferred ways first.
    private mutating func add(
        _ start: Int, _ slots: Slots, to list: inout [Thread], _ place: Int, _ here: RE2Assertions
    ) {
        stack.append(Thread(counter: start, slots: slots))
        while let thread = stack.popLast() {
            guard visited[thread.counter] != place else { continue }
            visited[thread.counter] = place
            switch program.instructions[thread.counter] {
            case .split(let first, let second):
                stack.append(Thread(counter: second, slots: thread.slots))
                stack.append(Thread(counter: first, slots: thread.slots))
            case .assertion(let assertions, let next):
                if here.isSuperset(of: assertions) { stack.append(Thread(counter: next, slots: thread.slots)) }
            case .save(let slot, let next):
                var slots = thread.slots
                slots[slot] = place
                stack.append(Thread(counter: next, slots: slots))
            case .match, .scalar, .anyButNewline, .any, .characterClass:
                list.append(thread)
            }
        }
    }

    /// The scalar that starts at a place of well-formed UTF-8, and its length; `nil` and 0 at the end.
    static func scalar(at place: Int, in text: UnsafeBufferPointer<UInt8>) -> (value: UInt32?, width: Int) {
        guard place < text.count else { return (nil, 0) }
        let width =
            switch text[place] {
            case ..<0x80: 1
            case ..<0xE0: 2
            case ..<0xF0: 3
            default: 4
            }
        var scalars = UTF8Scalars(UnsafeBufferPointer(rebasing: text[place..<min(place + width, text.count)]))
        return (scalars.next() ?? 0xFFFD, width)
    }

    private static func scalar(before place: Int, in text: UnsafeBufferPointer<UInt8>) -> UInt32? {
        guard place > 0 else { return nil }
        var start = place - 1
        while start > 0, text[start] & 0xC0 == 0x80 { start -= 1 }
        return scalar(at: start, in: text).value
    }
}
