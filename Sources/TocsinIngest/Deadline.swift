/// A call took longer than it may.
struct DeadlineExceeded: Error {}

/// Runs a body and cancels it when it takes too long.
func withDeadline<Answer: Sendable>(
    _ limit: Duration, _ body: @Sendable @escaping () async throws -> Answer
) async throws -> Answer {
    try await withThrowingTaskGroup(of: Answer.self) { group in
        group.addTask { try await body() }
        group.addTask {
            try await Task.sleep(for: limit)
            throw DeadlineExceeded()
        }
        defer { group.cancelAll() }
        guard let answer = try await group.next() else { throw DeadlineExceeded() }
        return answer
    }
}
