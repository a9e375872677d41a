import Foundation
import TocsinCore

/// One worker process of this host.
struct WorkerProcess: Sendable {
    /// What it may be told.
    enum Signal {
        /// To finish what it has, and end.
        case drain
        /// To end at once.
        case kill

        var number: Int32 { self == .drain ? SIGTERM : SIGKILL }
    }

    /// Its number.
    let id: Int32
    /// When the kernel started it, in ticks: with the number a name that no other process has.
    let startedAt: String
    /// Tells its exit code; `nil` for a child of a process that is gone, which nobody can ask.
    private let ends: AsyncStream<Int32>?

    static func start(_ executable: String, _ arguments: [String]) throws -> WorkerProcess {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        let (ends, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingNewest(1))
        process.terminationHandler = { process in
            let isExit = process.terminationReason == .exit
            continuation.yield(isExit ? process.terminationStatus : 128 + process.terminationStatus)
            continuation.finish()
        }
        try withSignalsUnblocked { try process.run() }
        let id = process.processIdentifier
        return WorkerProcess(id: id, startedAt: startTime(of: id) ?? "", ends: ends)
    }

    /// A process that somebody else started; `nil` if it does not live any more.
    static func find(id: Int32, startedAt: String) -> WorkerProcess? {
        guard startTime(of: id) == startedAt, !startedAt.isEmpty else { return nil }
        return WorkerProcess(id: id, startedAt: startedAt, ends: nil)
    }

    func signal(_ signal: Signal) {
        // A number that was given away anew is another's.
        guard Self.startTime(of: id) == startedAt else { return }
        kill(id, signal.number)
    }

    /// Waits until it has ended.
    ///
    /// - Returns: Its exit code, or 128 and the signal; 0 for one that nobody can ask.
    func waitForEnd(_ clock: any WallClock) async -> Int32 {
        if let ends {
            var iterator = ends.makeAsyncIterator()
            return await iterator.next() ?? -1
        }
        while Self.startTime(of: id) == startedAt { try? await clock.sleep(for: .milliseconds(200)) }
        return 0
    }

    /// The 22nd field of `/proc/<pid>/stat`, see proc(5); `nil` if there is no such process, or only what is left of one.
    private static func startTime(of id: Int32) -> String? {
        guard let data = FileManager.default.contents(atPath: "/proc/\(id)/stat") else { return nil }
        // The second field is the program's name in parentheses, which may hold anything.
        let text = String(decoding: data, as: UTF8.self)
        guard let close = text.lastIndex(of: ")") else { return nil }
        let fields = text[text.index(after: close)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z", fields[0] != "X" else { return nil }
        return String(fields[19])
    }

    /// A child inherits the signals that its parent's thread blocks, and the runtime's threads block SIGTERM.
    private static func withSignalsUnblocked(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }
}
