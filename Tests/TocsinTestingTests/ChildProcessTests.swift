import Foundation
import Testing
import TocsinTesting

@Suite(.timeLimit(.minutes(8))) struct ChildProcessTests {
    @Test func readsBothStreamsLineByLine() async throws {
        let script = "echo one; echo two >&2; printf 'three %s' \"$WORD\"; exit 3"
        let process = try ChildProcess("sh", ["-c", script], environment: ["WORD": "words"])
        #expect(try await process.waitForEnd() == .exit(3))
        #expect(process.lines(.output) == ["one", "three words"])
        #expect(process.lines(.error) == ["two"])
        #expect(!process.isRunning)
    }

    @Test func waitsForALineOfARunningProgram() async throws {
        let process = try ChildProcess("sh", ["-c", "echo starting; echo ready on port 1; exec sleep 60"])
        #expect(try await process.waitForLine(containing: "ready") == "ready on port 1")
        #expect(process.isRunning)
        #expect(try await process.terminate() == .signal(SIGTERM))
    }

    @Test func killsWhatDoesNotListen() async throws {
        let process = try ChildProcess("sh", ["-c", "trap '' TERM; echo deaf; while :; do sleep 0.05; done"])
        try await process.waitForLine(containing: "deaf")
        process.signal(SIGTERM)
        #expect(process.isRunning)
        #expect(try await process.kill9() == .signal(SIGKILL))
    }

    @Test func saysAtOnceThatALineCannotComeAnyMore() async throws {
        let process = try ChildProcess("sh", ["-c", "echo broken"])
        let error = await #expect(throws: DeadlineExceeded.self) {
            try await process.waitForLine(containing: "ready", deadline: .seconds(50))
        }
        #expect(error?.description.contains("broken") == true)
    }

    @Test func leavesNothingBehind() async throws {
        var process: ChildProcess? = try ChildProcess("sleep", ["60"])
        let id = try #require(process?.processID)
        process = nil
        try await eventually { kill(id, 0) != 0 }
    }

    @Test func refusesAProgramThatIsNotThere() {
        #expect(throws: (any Error).self) { try ChildProcess("no-such-program-anywhere") }
    }
}
