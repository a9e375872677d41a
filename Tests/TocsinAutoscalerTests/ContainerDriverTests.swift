import Foundation
import Logging
import Synchronization
import Testing
import TocsinCore
import TocsinTesting

@testable import TocsinAutoscaler

/// The driver against what podman answered (`scripts/container-pool --record`).
@Suite("Container driver", .timeLimit(.minutes(2)))
struct ContainerDriverTests {
    private struct Recorded: Decodable {
        let name: String
        let status: Int
        let body: String
    }

    private static let recorded: [String: FakeAnswer] = {
        guard let file = Bundle.module.path(forResource: "containers", ofType: "json", inDirectory: "Goldens"),
            let data = FileManager.default.contents(atPath: file),
            let answers = try? JSONDecoder().decode([Recorded].self, from: data)
        else { return [:] }
        return Dictionary(
            answers.map { ($0.name, FakeAnswer.status($0.status, body: $0.body)) }, uniquingKeysWith: { $1 })
    }()

    private static func golden(_ name: String) throws -> FakeAnswer { try #require(recorded[name], "\(name)") }

    /// A driver, and an engine on a socket that answers in this order.
    private static func withDriver(
        _ names: [String], clock: any WallClock = SystemClock(), pool: String = "scripttest",
        _ body: (ContainerDriver, FakeReceiver) async throws -> Void
    ) async throws {
        let left = Mutex(try names.map(golden))
        try await FakeReceiver.withReceiver(
            answer: { _ in left.withLock { $0.isEmpty ? .status(500) : $0.removeFirst() } }
        ) { engine in
            let directory = try TemporaryDirectory()
            let link = try ChildProcess(
                "/usr/bin/env",
                [
                    "python3", "-c", Self.link, directory.file("engine.sock"), "\(engine.port)",
                ])
            try await link.waitForLine(containing: "listening")
            var settings = ContainerDriver.Settings(
                socket: directory.file("engine.sock"), pool: pool,
                template: ContainerTemplate(image: "tocsin:latest", command: ["worker"], memoryBytes: 512 << 20),
                drainTimeout: .seconds(40))
            settings.pause = .seconds(5)
            let driver = ContainerDriver(settings, clock: clock, logger: Logger(label: "test"))
            let result: Result<Void, any Error>
            do { result = .success(try await body(driver, engine)) } catch { result = .failure(error) }
            try await driver.shutdown()
            link.signal(SIGKILL)
            try result.get()
        }
    }

    /// Leads from a socket in the file system to a port.
    private static let link = """
        import socket, sys, threading
        door = socket.socket(socket.AF_UNIX)
        door.bind(sys.argv[1])
        door.listen(64)
        print("listening", flush=True)
        def pump(one, other):
            try:
                while data := one.recv(65536):
                    other.sendall(data)
            except OSError:
                pass
            for end in (one, other):
                try:
                    end.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        while True:
            near, _ = door.accept()
            far = socket.create_connection(("127.0.0.1", int(sys.argv[2])))
            for pair in ((near, far), (far, near)):
                threading.Thread(target=pump, args=pair, daemon=True).start()
        """

    @Test func makesAndStartsWhatIsMissing() async throws {
        try await Self.withDriver(["list none", "created", "started"]) { driver, engine in
            try await driver.scale(to: 1, leaving: [])
            let paths = engine.requests.map(\.path)
            #expect(paths[1] == "/v1.40/containers/create?name=tocsin-scripttest-1")
            #expect(paths[2].hasSuffix("/start") && paths[2].hasPrefix("/v1.40/containers/"))
            struct Sent: Decodable {
                struct Host: Decodable {
                    let ReadonlyRootfs: Bool
                    let CapDrop: [String]
                    let Memory: Int
                }
                let Image: String
                let Labels: [String: String]
                let HostConfig: Host
            }
            let sent = try engine.requests[1].json(as: Sent.self)
            #expect(sent.Image == "tocsin:latest" && sent.Labels == ["tocsin.pool": "scripttest"])
            #expect(sent.HostConfig.ReadonlyRootfs && sent.HostConfig.CapDrop == ["ALL"])
            #expect(sent.HostConfig.Memory == 512 << 20)
            #expect(engine.requests.allSatisfy { $0.header("host") == "localhost" })
        }
    }

    @Test func anImageThatIsNotThereIsTold() async throws {
        try await Self.withDriver(["list none", "no image"]) { driver, _ in
            let error = await #expect(throws: DriverError.self) { try await driver.scale(to: 1, leaving: []) }
            #expect(error?.kind == .notFound && error?.message.contains("no such image") == true)
        }
    }

    @Test func oneThatIsThereAlreadyIsAsGood() async throws {
        try await Self.withDriver(["list none", "exists"]) { driver, engine in
            try await driver.scale(to: 1, leaving: [])
            #expect(engine.requests.count == 2)
        }
    }

    @Test func oneThatEndedIsStartedAgainAfterAPause() async throws {
        let clock = ManualClock()
        try await Self.withDriver(
            ["list ended", "inspected", "list ended", "list ended", "started"], clock: clock
        ) { driver, engine in
            #expect(try await driver.observe() == PoolSize(desired: 1, running: 0))
            #expect(try await driver.observe() == PoolSize(desired: 1, running: 0))
            #expect(!engine.requests.contains { $0.path.hasSuffix("/start") })
            clock.advance(by: .seconds(5))
            _ = try await driver.observe()
            #expect(engine.requests.last?.path.hasSuffix("/start") == true)
            #expect(driver.failedStarts == 0, "it ended well")
        }
    }

    @Test func oneThatIsToGoIsRenamedAndAskedToDrain() async throws {
        let clock = ManualClock(Timestamp(milliseconds: 1_000_000))
        try await Self.withDriver(["list ended", "renamed", "kill ended"], clock: clock) { driver, engine in
            try await driver.scale(to: 0, leaving: [])
            let paths = engine.requests.map(\.path)
            #expect(paths[1].hasSuffix("/rename?name=tocsin-scripttest-leaving-1040-1"))
            #expect(paths[2].hasSuffix("/kill?signal=SIGTERM"))
        }
    }

    @Test func whatHasEndedOnItsWayOutIsRemoved() async throws {
        try await Self.withDriver(["list leaving", "removed"]) { driver, engine in
            let size = try await driver.observe()
            #expect(size == PoolSize(desired: 0, running: 0))
            #expect(engine.requests.last?.method == "DELETE")
            #expect(engine.requests.last?.path.hasSuffix("?force=false&v=true") == true)
        }
    }

    @Test func anEngineThatIsNotThereIsUnreachable() async throws {
        let driver = ContainerDriver(
            .init(
                socket: "/nowhere/engine.sock", pool: "p", template: ContainerTemplate(image: "i", command: []),
                drainTimeout: .zero), clock: SystemClock(), logger: Logger(label: "test"))
        let error = await #expect(throws: DriverError.self) { try await driver.observe() }
        #expect(error?.kind == .unreachable)
        try await driver.shutdown()
    }

    @Test func namesTellWhoHasAPlaceAndWhoLeaves() {
        func container(_ name: String, _ id: String = "", running: Bool = true) -> ContainerEngine.Container {
            .init(id: id, name: name, isRunning: running)
        }
        let pool = ContainerPool(
            "w",
            [
                container("tocsin-w-3", "cccccccccccc99"), container("tocsin-w-1", "aaaaaaaaaaaa99"),
                container("tocsin-w-4", "dddddddddddd99"), container("tocsin-w-leaving-1040-2", "bb"),
                container("tocsin-w-x"), container("tocsin-w-leaving-x-2"), container("tocsin-v-1"), container("other"),
            ])
        #expect(pool.places.map(\.number) == [1, 3, 4])
        #expect(pool.leaving.map(\.container.id) == ["bb"])
        #expect(pool.leaving.first?.deadline == Timestamp(milliseconds: 1_040_000))
        #expect(pool.freeNames(3) == ["tocsin-w-2", "tocsin-w-5", "tocsin-w-6"])
        #expect(pool.freeNames(0).isEmpty)
        #expect(pool.chooseLeavers(2, nodes: ["cccccccccccc-1-0a1b2c3d"]).map(\.number) == [3, 4])
        #expect(pool.chooseLeavers(9, nodes: []).map(\.number) == [4, 3, 1])
        let broken = ContainerPool(
            "w", [container("tocsin-w-1", "aaaaaaaaaaaa99"), container("tocsin-w-2", "bb", running: false)])
        #expect(broken.chooseLeavers(1, nodes: ["aaaaaaaaaaaa-1-0a1b2c3d"]).map(\.number) == [2])
    }
}
