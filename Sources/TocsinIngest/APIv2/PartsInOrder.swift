/// Works on the parts of a list at once, a few at a time, and hands on what became of them in the list's order.
enum PartsInOrder {
    /// How many parts are worked on, or wait to be handed on, at any time.
    private static let atOnce = 4

    /// Works on parts.
    ///
    /// - Parameters:
    ///   - parts: In their order.
    ///   - work: Makes something of one.
    ///   - take: Is given what was made, one after another, in the order of the parts.
    /// - Throws: The first error of either; what is still being worked on is cancelled.
    @concurrent
    static func work<Part: Sendable, Result: Sendable>(
        on parts: [Part], _ work: @Sendable @escaping (Part) async throws -> Result,
        then take: @concurrent (Result) async throws -> Void
    ) async throws {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var results: [Int: Result] = [:]
            var started = 0
            for turn in parts.indices {
                while started < parts.count, started < turn + atOnce {
                    let (index, part) = (started, parts[started])
                    group.addTask { (index, try await work(part)) }
                    started += 1
                }
                while results[turn] == nil, let (index, result) = try await group.next() { results[index] = result }
                if let result = results.removeValue(forKey: turn) { try await take(result) }
            }
        }
    }
}
