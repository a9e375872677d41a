import Foundation
import Synchronization

/// A line on standard error that says how far a long work is; nothing where nobody looks.
final class ProgressLine: Sendable {
    private static let pause = Duration.milliseconds(100)
    private let isTerminal = isatty(STDERR_FILENO) == 1
    private let last = Mutex<ContinuousClock.Instant?>(nil)

    /// Shows a line in the place of the one before, ten times a second at most.
    func show(_ text: String) {
        guard isTerminal else { return }
        let now = ContinuousClock.now
        let isDue = last.withLock { last in
            if let last, now - last < Self.pause { return false }
            last = now
            return true
        }
        if isDue { Output.write(Array("\r\u{1B}[K\(text)".utf8), to: .standardError) }
    }

    /// Takes the line away.
    func end() {
        guard isTerminal, last.withLock({ $0 }) != nil else { return }
        Output.write(Array("\r\u{1B}[K".utf8), to: .standardError)
    }
}
