import Foundation
import Logging
import Testing
import TocsinCore
import TocsinTesting

@testable import TocsinAutoscaler

/// The driver for worker processes, with small programs for workers.
@Suite(.timeLimit(.minutes(5))) struct ProcessDriverTests {
    /// Runs a driver whose workers run a shell script, and lets it end all of them.
    private static func with(
        _ script: String, drainTimeout: Duration = .seconds(60), directory: TemporaryDirectory? = nil,
        _ body: @Sendable @escaping (ProcessDriver, TemporaryDirectory) async throws -> Void
    ) async throws {
        let directory = try directory ?? TemporaryDirectory()
        var settings = ProcessDriver.Settings(
            executable: "/bin/sh", arguments: ["-c", script, "sh", directory.path], drainTimeout: drainTimeout,
            directory: directory.file("workers"))
        settings.backoff = Backoff(initial: .milliseconds(20), maximum: .milliseconds(20))
        settings.pause = .milliseconds(20)
        let driver = ProcessDriver(settings, clock: SystemClock(), logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await driver.run() }
            defer { group.cancelAll() }
            try await body(driver, directory)
        }
        try await eventually(deadline: .seconds(60), "nobody is left behind") { Self.living(directory).isEmpty }
    }

    private static func runs(_ count: Int, _ driver: ProcessDriver) async throws {
        try await eventually(deadline: .seconds(60), "\(count) workers run") {
            try await driver.observe() == PoolSize(desired: count, running: count)
        }
    }

    private static func living(_ directory: TemporaryDirectory) -> [Int32] {
        WorkerRegistry(directory: directory.file("workers")).living().map(\.id)
    }

    /// Waits for SIGTERM, and says in files when it began to and that it heard it.
    private static let good =
        "trap 'echo $$ >> $1/drained; exit 0' TERM; echo >> $1/ready; while :; do sleep 0.02; done"

    @Test func startsAndDrains() async throws {
        try await Self.with(Self.good) { driver, directory in
            try await driver.scale(to: 3, leaving: [])
            try await driver.scale(to: 3, leaving: [])
            try await Self.runs(3, driver)
            try await eventually(deadline: .seconds(60), "they listen") { (try? directory.read("ready"))?.count == 3 }
            // A worker may listen before the driver has written down that it runs.
            try await eventually(deadline: .seconds(60), "they are written down") {
                Self.living(directory).count == 3
            }
            let before = Self.living(directory)
            let victim = try #require(before.sorted().first)
            try await driver.scale(to: 2, leaving: ["some-host-\(victim)-0a1b2c3d"])
            try await eventually(deadline: .seconds(60), "the victim has gone") { Self.living(directory).count == 2 }
            #expect(Set(Self.living(directory)) == Set(before).subtracting([victim]))
            #expect(try directory.read("drained") == "\(victim)\n", "it was asked, and not killed")
            try await driver.scale(to: 0, leaving: [])
            try await Self.runs(0, driver)
        }
    }

    @Test func killsWhoDoesNotDrainOnlyAfterItsTime() async throws {
        let clock = ManualClock()
        let directory = try TemporaryDirectory()
        let driver = ProcessDriver(
            .init(
                executable: "/bin/sh",
                arguments: [
                    "-c", "trap '' TERM; echo >> $1/ready; while :; do sleep 0.02; done", "sh", directory.path,
                ],
                drainTimeout: .seconds(30), directory: directory.file("workers")), clock: clock,
            logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await driver.run() }
            try await driver.scale(to: 1, leaving: [])
            try await eventually(deadline: .seconds(60), "it listens") { (try? directory.read("ready")) != nil }
            try await driver.scale(to: 0, leaving: [])
            try await clock.waitForSleepers()
            clock.advance(by: .seconds(29))
            #expect(Self.living(directory).count == 1)
            clock.advance(by: .seconds(1))
            try await eventually(deadline: .seconds(60), "it is killed") { Self.living(directory).isEmpty }
            group.cancelAll()
        }
    }

    @Test func startsAgainAndCountsWhatFails() async throws {
        try await Self.with("echo x >> $1/starts; exit 3") { driver, directory in
            try await driver.scale(to: 1, leaving: [])
            try await eventually(deadline: .seconds(60), "three starts failed") { driver.failedStarts >= 3 }
            #expect(try await driver.observe().desired == 1)
        }
    }

    @Test func whatEndsWellIsReplacedAndNoFailure() async throws {
        try await Self.with("echo x >> $1/starts; exit 0") { driver, directory in
            try await driver.scale(to: 1, leaving: [])
            try await eventually(deadline: .seconds(60), "three starts") {
                (try? directory.read("starts"))?.count ?? 0 >= 6
            }
            #expect(driver.failedStarts == 0)
        }
    }

    @Test func aProgramThatIsNotThereIsAFailedStart() async throws {
        let directory = try TemporaryDirectory()
        var settings = ProcessDriver.Settings(
            executable: directory.file("nothing"), arguments: [], drainTimeout: .seconds(1),
            directory: directory.file("workers"))
        settings.backoff = Backoff(initial: .milliseconds(20), maximum: .milliseconds(20))
        let driver = ProcessDriver(settings, clock: SystemClock(), logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await driver.run() }
            try await driver.scale(to: 1, leaving: [])
            try await eventually(deadline: .seconds(60), "the failure is counted") { driver.failedStarts >= 2 }
            #expect(try await driver.observe().running == 0)
            group.cancelAll()
        }
    }

    @Test func takesOverWhoOutlivedItsDriver() async throws {
        let directory = try TemporaryDirectory()
        let orphan = try WorkerProcess.start("/bin/sh", ["-c", Self.good, "sh", directory.path])
        WorkerRegistry(directory: directory.file("workers")).note(orphan)
        try await Self.with(Self.good, directory: directory) { driver, directory in
            try await Self.runs(1, driver)
            try await eventually(deadline: .seconds(60), "it listens") { (try? directory.read("ready")) != nil }
            #expect(Self.living(directory) == [orphan.id])
            try await driver.scale(to: 0, leaving: [])
            try await eventually(deadline: .seconds(60), "it has gone") { Self.living(directory).isEmpty }
            #expect(try directory.read("drained") == "\(orphan.id)\n")
        }
    }

    @Test(
        arguments: [
            ("web1-4711-0a1b2c3d", 4711), ("a-b-c-12-ff", 12), ("web1", nil), ("web1-x-1", nil), ("", nil),
        ] as [(String, Int32?)])
    func readsAProcessNumberFromANodesID(_ node: String, _ id: Int32?) {
        #expect(NodeName.process(ofNode: node) == id)
    }
}
