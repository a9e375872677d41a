import Foundation
import Testing
import TocsinCore
import TocsinTesting

@testable import TocsinIngest
@testable import TocsinStreams

extension RingJournal {
    /// Opens a journal as soon as the one before it is gone, which a job of a thread pool may keep a moment longer.
    static func reopened(_ path: String, clock: any WallClock) async throws -> RingJournal {
        var journal: RingJournal?
        try await eventually {
            journal = try? RingJournal(opening: path, time: .seconds(60), clock: clock)
            return journal != nil
        }
        return try #require(journal)
    }
}

@Suite("The ring's journal", .timeLimit(.minutes(2)))
struct RingJournalTests {
    private func files(_ directory: TemporaryDirectory) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory.file("j")).filter { $0 != "lock" }.sorted()
    }

    @Test("What was appended is read by the next process, from many callers at once, up to where the last one was cut")
    func survives() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        do {
            let journal = try RingJournal(opening: directory.file("j"), time: .seconds(60), clock: clock)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...200 {
                    group.addTask { try await journal.append(.numbered(number, at: clock.now())) }
                }
                try await group.waitForAll()
            }
        }
        let name = try #require(try files(directory).first)
        let path = directory.file("j/\(name)")
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        func read() async throws -> Set<Int> {
            let journal = try await RingJournal.reopened(directory.file("j"), clock: clock)
            return Set(await journal.read().map(\.alerts))
        }
        #expect(try await read() == Set(1...200))
        try whole.dropLast(3).write(to: URL(fileURLWithPath: path))
        #expect(try await read().count == 199)
        var flipped = whole
        flipped[whole.count / 2] ^= 1
        try flipped.write(to: URL(fileURLWithPath: path))
        let left = try await read().count
        #expect(left < 200 && left > 50)
        clock.advance(by: .seconds(3700))
        #expect(try await read().isEmpty)
    }

    @Test("A file is deleted once all of it is older than the ring reaches, and a second node is kept out")
    func rotation() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        let journal = try RingJournal(opening: directory.file("j"), time: .seconds(60), clock: clock)
        #expect(throws: RingJournalError.self) {
            try RingJournal(opening: directory.file("j"), time: .seconds(60), clock: clock)
        }
        for number in 1...12 {
            try await journal.append(.numbered(number, at: clock.now()))
            clock.advance(by: .seconds(10))
            await journal.rotate(now: clock.now())
        }
        let kept = Set(await journal.read().map(\.alerts))
        #expect(kept.isSuperset(of: 7...12), "nothing younger than a minute is gone")
        #expect(!kept.contains(1))
        #expect(try files(directory).count <= 6)
    }

    @Test("A disk that takes nothing is told to the sender, and the journal goes on when it does again")
    func diskFull() async throws {
        let directory = try TemporaryDirectory()
        let clock = ManualClock()
        let journal = try RingJournal(opening: directory.file("j"), time: .seconds(60), clock: clock)
        try FileManager.default.moveItem(atPath: directory.file("j"), toPath: directory.file("away"))
        await #expect(throws: RingJournalError.self) { try await journal.append(.numbered(1)) }
        try FileManager.default.moveItem(atPath: directory.file("away"), toPath: directory.file("j"))
        try await journal.append(.numbered(2, at: clock.now()))
        #expect(await journal.read().map(\.alerts) == [2])
    }
}
