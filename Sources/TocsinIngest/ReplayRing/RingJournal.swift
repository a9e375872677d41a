import Foundation
import NIOPosix
import Synchronization
public import TocsinCore
import TocsinStreams

/// Why the ring's journal cannot be used.
public struct RingJournalError: CodedError, Hashable {
    /// A word for scripts.
    public let code = "ring_journal_failed"
    /// What is wrong.
    public let message: String
}

/// Writes what the ring holds to local files, so that it is still there when the node ends together with the master.
///
/// Files that are only appended to; a new one is begun every few seconds, and each is deleted when all of it is older than
/// the ring reaches. A batch is on disk before its sender is told: many callers' batches share one `fsync`.
public final class RingJournal: Sendable {
    private struct File {
        let path: String
        let begunAt: Timestamp
        var handle: FileHandle?
    }

    private struct Request {
        let record: [UInt8]
        let completion: CheckedContinuation<Void, any Error>
    }

    private struct State {
        var waiting: [Request] = []
        var isWriting = false
    }

    /// Records that are older are not restored: what they tell is no news after an outage that long.
    private static let mostAge = Duration.seconds(3600)
    private static let mostWaiting = 16_384

    private let directory: URL
    private let time: Duration
    private let clock: any WallClock
    private let lock: FileHandle
    private let state = Mutex(State())
    /// Touched by one job of the thread pool at a time.
    private let files: Mutex<[File]>

    /// Opens a directory, and makes it if need be (mode 0700).
    ///
    /// - Parameters:
    ///   - path: The directory; one node uses it at a time.
    ///   - time: How long a batch is needed.
    ///   - clock: Dates the files.
    /// - Throws: ``RingJournalError``.
    public init(opening path: String, time: Duration, clock: any WallClock) throws(RingJournalError) {
        directory = URL(fileURLWithPath: path, isDirectory: true)
        (self.time, self.clock) = (time, clock)
        do {
            try FileManager.default.createDirectory(
                at: directory, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        } catch {
            throw RingJournalError(message: "the directory \(path) for the ring's journal cannot be made")
        }
        let descriptor = open(directory.appendingPathComponent("lock").path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw RingJournalError(message: "the directory \(path) for the ring's journal cannot be written to")
        }
        lock = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw RingJournalError(message: "another node uses the directory \(path) for its ring's journal")
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory.path)) ?? []
        let found = names.compactMap { name -> File? in
            guard name.hasPrefix("ring-"), let begun = Int64(name.dropFirst(5)) else { return nil }
            let place = URL(fileURLWithPath: path).appendingPathComponent(name).path
            return File(path: place, begunAt: Timestamp(milliseconds: begun))
        }
        files = Mutex(found.sorted { $0.begunAt < $1.begunAt })
    }

    /// What earlier processes have left.
    func read() async -> [SealedBatch] {
        let horizon = clock.now() - Self.mostAge
        let paths = files.withLock { $0.map(\.path) }
        let batches = try? await NIOThreadPool.singleton.runIfActive {
            paths.flatMap { path in
                (FileManager.default.contents(atPath: path)).map { RingRecord.decode(Array($0)) } ?? []
            }
        }
        return (batches ?? []).filter { ($0.acceptedAt ?? horizon) > horizon }
    }

    /// Writes a batch and waits until it is on disk.
    ///
    /// - Throws: ``RingJournalError``.
    func append(_ batch: SealedBatch) async throws {
        let record = RingRecord.encode(batch)
        try await withCheckedThrowingContinuation { continuation in
            let isFirst = state.withLock { state -> Bool? in
                guard state.waiting.count < Self.mostWaiting else { return nil }
                state.waiting.append(Request(record: record, completion: continuation))
                defer { state.isWriting = true }
                return !state.isWriting
            }
            switch isFirst {
            case nil:
                continuation.resume(throwing: RingJournalError(message: "the disk of the ring's journal is too slow"))
            case true?: NIOThreadPool.singleton.submit { _ in self.writeAll() }
            case false?: break
            }
        }
    }

    /// Deletes the files that nobody needs any more.
    func rotate(now: Timestamp) async {
        try? await NIOThreadPool.singleton.runIfActive {
            let old = self.files.withLock { files in
                // A file holds nothing newer than the begin of the next one.
                let count = zip(files, files.dropFirst()).prefix { now - $1.begunAt > self.time }.count
                defer { files.removeFirst(count) }
                return files.prefix(count).map(\.path)
            }
            for path in old { try? FileManager.default.removeItem(atPath: path) }
        }
    }

    private func writeAll() {
        while let requests = nextGroup() {
            let result = Result { try write(requests.reduce(into: []) { $0 += $1.record }) }
            for request in requests { request.completion.resume(with: result.mapError { $0 as any Error }) }
        }
    }

    private func nextGroup() -> [Request]? {
        state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isWriting = false
                return nil
            }
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    private func write(_ bytes: [UInt8]) throws {
        try files.withLock { files in
            let now = clock.now()
            do {
                let handle = try current(&files, now: now)
                try handle.write(contentsOf: Data(bytes))
                try handle.synchronize()
            } catch {
                // What follows a record that is half written could not be read: the next one begins a new file.
                if let last = files.indices.last { files[last].handle = nil }
                throw RingJournalError(message: "the ring's journal cannot be written: is its disk full?")
            }
        }
    }

    private func current(_ files: inout [File], now: Timestamp) throws -> FileHandle {
        if let last = files.last, let handle = last.handle, now - last.begunAt < time / 4, now >= last.begunAt {
            return handle
        }
        for index in files.indices { files[index].handle = nil }
        let begun = max(now, (files.last?.begunAt ?? now - .milliseconds(1)) + .milliseconds(1))
        let path = directory.appendingPathComponent("ring-\(begun.milliseconds)").path
        let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw RingJournalError(message: "a file of the ring's journal cannot be made") }
        let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        files.append(File(path: path, begunAt: begun, handle: handle))
        // The name must be on disk too.
        let folder = open(directory.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw RingJournalError(message: "the ring's journal cannot be synced") }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw RingJournalError(message: "the ring's journal cannot be synced") }
        return handle
    }
}
