import Foundation
import Testing
import TocsinTesting

@Suite(.timeLimit(.minutes(8))) struct SmallPartsTests {
    @Test func aTemporaryDirectoryGoesWithItsOwner() throws {
        var directory: TemporaryDirectory? = try TemporaryDirectory()
        let path = try #require(try directory?.write("text", to: "file"))
        #expect(try directory?.read("file") == "text")
        #expect(FileManager.default.fileExists(atPath: path))
        directory = nil
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test func freePortsAreFree() throws {
        let ports = try (0..<20).map { _ in try FreePort.find() }
        #expect(ports.allSatisfy { (1024...65_535).contains($0) })
    }

    @Test func eventuallyGivesUp() async {
        await #expect(throws: DeadlineExceeded.self) { try await eventually(deadline: .milliseconds(10)) { false } }
    }

    @Test func aCancelledWaitAtAGateThrows() async throws {
        let gate = Gate()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await gate.wait() }
            try await eventually { gate.waiterCount == 1 }
            group.cancelAll()
            await #expect(throws: CancellationError.self) { try await group.next() }
        }
        gate.open()
        try await gate.wait()
    }
}
