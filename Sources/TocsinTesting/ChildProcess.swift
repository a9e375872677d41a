import Foundation
import Synchronization

/// A program run by a test, with its output line by line.
///
/// It is killed when the last reference goes, so that a failed test leaves nothing running.
public final class ChildProcess: Sendable {
    /// How a program ended.
    public enum Ending: Sendable, Hashable {
        /// By itself, with this code.
        case exit(Int32)
        /// By this signal.
        case signal(Int32)
    }

    /// Where a line was written.
    public enum Stream: Sendable, Hashable {
        /// Standard output.
        case output
        /// Standard error.
        case error
    }

    private struct State {
        var lines: [(stream: Stream, text: String)] = []
        var partial: [Stream: [UInt8]] = [:]
        var openStreams = 2
        var ending: Ending?
    }

    /// The program's process id.
    public let processID: Int32
    private let state: Shared

    /// What the readers of the pipes share with the test; apart from the process, so that they do not keep it alive.
    private final class Shared: Sendable {
        let state = Mutex(State())
    }

    private static let usual = ["TOCSIN_ALLOW_NETWORKS": "127.0.0.0/8,::1"]

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - executable: a path, or a name that is looked up in `PATH`.
    ///   - environment: added to this process' own, in which the nodes of a test may deliver to this machine.
    public init(
        _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:], directory: String? = nil
    ) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try ChildProcess.find(executable))
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(Self.usual) { own, _ in own }
            .merging(environment) { $1 }
        if let directory { process.currentDirectoryURL = URL(fileURLWithPath: directory) }
        process.standardInput = FileHandle.nullDevice
        let shared = Shared()
        process.standardOutput = ChildProcess.pipe(.output, shared)
        process.standardError = ChildProcess.pipe(.error, shared)
        process.terminationHandler = { process in
            let ending: Ending =
                process.terminationReason == .exit
                ? .exit(process.terminationStatus) : .signal(process.terminationStatus)
            shared.state.withLock { $0.ending = ending }
        }
        try ChildProcess.withSignalsUnblocked { try process.run() }
        processID = process.processIdentifier
        state = shared
    }

    deinit { if ending == nil { kill(processID, SIGKILL) } }

    /// How the program ended; `nil` while it runs.
    public var ending: Ending? { state.state.withLock { $0.ending } }

    /// Whether the program runs.
    public var isRunning: Bool { ending == nil }

    /// The lines written so far.
    public func lines(_ stream: Stream) -> [String] {
        state.state.withLock { $0.lines.filter { $0.stream == stream }.map(\.text) }
    }

    /// Everything written so far, both streams as they came, for a failed test's message.
    public var transcript: String { state.state.withLock { $0.lines.map(\.text).joined(separator: "\n") } }

    /// Waits for a line that contains `text` on either stream, and answers it.
    ///
    /// - Throws: ``DeadlineExceeded`` with the transcript, at once if the program ends without such a line.
    @discardableResult
    public func waitForLine(containing text: String, deadline: Duration = .seconds(120)) async throws -> String {
        var found: String?
        try await eventually(deadline: deadline, "a line contains '\(text)'; so far:\n\(transcript)") {
            let isOver = isOver
            found = state.state.withLock { $0.lines.first { $0.text.contains(text) }?.text }
            if found == nil, isOver {
                throw DeadlineExceeded(
                    description:
                        "the program ended (\(ending.map { "\($0)" } ?? "?")) without '\(text)':\n\(transcript)")
            }
            return found != nil
        }
        return found ?? ""
    }

    /// Sends a signal.
    public func signal(_ signal: Int32) { if isRunning { kill(processID, signal) } }

    /// Sends SIGTERM and waits for the end.
    @discardableResult
    public func terminate(deadline: Duration = .seconds(120)) async throws -> Ending {
        signal(SIGTERM)
        return try await waitForEnd(deadline: deadline)
    }

    /// Sends SIGKILL and waits for the end.
    @discardableResult
    public func kill9() async throws -> Ending {
        signal(SIGKILL)
        return try await waitForEnd()
    }

    /// Waits until the program has ended and its output is read.
    @discardableResult
    public func waitForEnd(deadline: Duration = .seconds(120)) async throws -> Ending {
        try await eventually(deadline: deadline, "the program ends; so far:\n\(transcript)") { ending != nil }
        // A grandchild may hold the pipes open for ever; what it writes is not this program's.
        try? await eventually(deadline: .seconds(1), "its output ends") { isOver }
        state.state.withLock { state in
            for (stream, rest) in state.partial where !rest.isEmpty {
                state.lines.append((stream, String(decoding: rest, as: UTF8.self)))
            }
            state.partial = [:]
        }
        return ending ?? .exit(-1)
    }

    private var isOver: Bool { state.state.withLock { $0.ending != nil && $0.openStreams == 0 } }

    /// A child inherits the signals that its parent's thread blocks, and a runtime's threads may block SIGTERM.
    private static func withSignalsUnblocked(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    private static func find(_ executable: String) throws -> String {
        guard !executable.contains("/") else { return executable }
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/bin"
        for directory in path.split(separator: ":") {
            let candidate = "\(directory)/\(executable)"
            if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
        }
        throw CocoaError(.fileNoSuchFile, userInfo: [NSFilePathErrorKey: executable])
    }

    /// A pipe that is read by a thread of its own until its end.
    ///
    /// Not by a `readabilityHandler`: its source may still be cancelled when the descriptor is closed and has a new owner,
    /// and then libdispatch crashes.
    private static func pipe(_ stream: Stream, _ shared: Shared) -> Pipe {
        let pipe = Pipe()
        let handle = pipe.fileHandleForReading
        Thread.detachNewThread {
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = read(handle.fileDescriptor, &buffer, buffer.count)
                if count < 0, errno == EINTR { continue }
                shared.state.withLock { take(buffer.prefix(max(0, count)), from: stream, into: &$0) }
                if count <= 0 {
                    // Not left to whoever lets go of it last: with a thousand open, Foundation starts no more processes.
                    try? handle.close()
                    return
                }
            }
        }
        return pipe
    }

    private static func take(_ data: ArraySlice<UInt8>, from stream: Stream, into state: inout State) {
        var rest = state.partial.removeValue(forKey: stream) ?? []
        rest.append(contentsOf: data)
        var pieces = rest.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
        let last = pieces.popLast() ?? []
        state.lines += pieces.map { (stream, String(decoding: $0, as: UTF8.self)) }
        if !data.isEmpty {
            state.partial[stream] = Array(last)
        } else {
            if !last.isEmpty { state.lines.append((stream, String(decoding: last, as: UTF8.self))) }
            state.openStreams -= 1
        }
    }
}
