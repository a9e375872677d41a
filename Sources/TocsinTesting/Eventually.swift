/// What a test waited for did not come.
public struct DeadlineExceeded: Error, CustomStringConvertible {
    /// What was waited for, and for how long.
    public let description: String
}

/// Waits until a condition holds, looking every few milliseconds.
///
/// The one place where a test's waiting depends on real time; everywhere else tests wait for an event.
///
/// - Throws: ``DeadlineExceeded`` when it does not hold in time.
public func eventually(
    deadline: Duration = .seconds(120), _ what: @autoclosure () -> String = "a condition holds",
    _ condition: () async throws -> Bool
) async throws {
    let end = ContinuousClock.now + deadline
    while try await !condition() {
        guard ContinuousClock.now < end else {
            throw DeadlineExceeded(description: "waited \(deadline) in vain until \(what())")
        }
        try await Task.sleep(for: .milliseconds(2))
    }
}
