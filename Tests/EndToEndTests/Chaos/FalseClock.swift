import TocsinTesting

/// A clock that debug builds of the program take for the time of day, and that a test moves; timers go on as they are.
struct FalseClock: Sendable {
    private let directory: TemporaryDirectory

    /// A clock that is right.
    init() throws {
        directory = try TemporaryDirectory()
        try jump(seconds: 0)
    }

    /// What a process needs to go by it.
    var environment: [String: String] { ["TOCSIN_CLOCK_ERROR_FILE": directory.file("clock")] }

    /// Puts it so far before the right time, or behind it.
    func jump(seconds: Int) throws { try directory.write("\(seconds * 1000)", to: "clock") }
}
