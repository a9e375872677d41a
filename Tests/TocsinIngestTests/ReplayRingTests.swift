import Foundation
import Logging
import NIOPosix
import Testing
import TocsinCore
import TocsinRedis
import TocsinRouting
import TocsinSealing
import TocsinTelemetry
import TocsinTesting

@testable import TocsinIngest
@testable import TocsinStreams

@Suite("The replay ring, on real servers", .timeLimit(.minutes(8)))
struct ReplayRingTests {
    private static let tenant: TenantID = TenantID("acme") ?? { preconditionFailure("a valid name") }()
    private static let policy = AdmissionPolicy(weight: 1, queuedAlerts: 1_000_000, alertsPerSecond: 0, burst: 0)

    /// An ingest node's way to Redis, behind an address that can be moved from one server to another.
    private struct Node: Sendable {
        let streams: TenantStreams
        let redis: RedisClient
        let ring: ReplayRing
        let registry: MetricsRegistry

        init(
            socket: String, key: RootKey, time: Duration = .seconds(60), byteLimit: Int = 64 << 20,
            journal: RingJournal? = nil
        ) {
            var configuration = RedisConfiguration(endpoint: .unix(path: socket))
            configuration.commandTimeout = .milliseconds(500)
            let logger = Logger(label: "test")
            redis = RedisClient(
                configuration: configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
            streams = TenantStreams(
                redis: redis, shards: ShardMap(count: 1), rootKey: key, clock: SystemClock(), logger: logger)
            registry = MetricsRegistry()
            ring = ReplayRing(
                streams: streams, redis: redis, time: time, byteLimit: byteLimit, journal: journal, factory: registry,
                clock: SystemClock(), logger: logger)
        }

        func run(_ body: @Sendable @escaping () async throws -> Void) async throws {
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await redis.run() }
                group.addTask { try await ring.run() }
                try await redis.waitUntilConnected(timeout: .seconds(30))
                try await body()
                group.cancelAll()
            }
        }

        /// Takes a batch as the endpoint does; `false` if the sender would not be told yes.
        func take(alerts: Int = 1) async -> Bool {
            do {
                let batch = try await streams.seal(
                    Array("[]".utf8), alerts: alerts, of: ReplayRingTests.tenant, policy: ReplayRingTests.policy,
                    from: BatchOrigin(kind: "open"))
                let epoch = redis.topologyEpoch
                let keeping = try await streams.keep(
                    batch, policy: ReplayRingTests.policy, durability: .memory, remembering: ring.memory)
                guard case .kept(let batch) = keeping else { return false }
                try await ring.add(batch, epoch: epoch)
                return true
            } catch {
                return false
            }
        }

        var accepted: Int {
            get async throws { try await streams.ledger(of: ReplayRingTests.tenant).accepted }
        }

        /// How many entries wait, and how many different ones.
        func waiting() async throws -> (entries: Int, different: Int) {
            let entries = try await redis.xrange(ShardKeys(shard: 0).alerts(ReplayRingTests.tenant))
            let bodies = try entries.map { entry in
                let fields = try entry.fields.requireArray()
                let place = fields.indices.first { $0 % 2 == 0 && fields[$0].string == "b" }
                return try fields[try #require(place) + 1].requireBytes()
            }
            return (entries.count, Set(bodies).count)
        }
    }

    private static func link(_ directory: TemporaryDirectory, to socket: String) throws {
        let (next, path) = (directory.file("next.sock"), directory.file("redis.sock"))
        try FileManager.default.createSymbolicLink(atPath: next, withDestinationPath: socket)
        guard rename(next, path) == 0 else { throw CocoaError(.fileWriteUnknown) }
    }

    private static func start(
        _ directory: TemporaryDirectory, _ name: String, _ arguments: [String]
    ) async throws -> ChildProcess {
        let server = try ChildProcess(
            "redis-server",
            [
                "--unixsocket", directory.file(name + ".sock"), "--dir", directory.path, "--dbfilename", name + ".rdb",
                "--save", "", "--repl-diskless-sync-delay", "0",
            ] + arguments)
        try await server.waitForLine(containing: "eady to accept connections")
        return server
    }

    private static func cli(_ socket: String, _ words: String...) async throws -> String {
        let process = try ChildProcess("redis-cli", ["-s", socket] + words)
        try await process.waitForEnd()
        return process.lines(.output).joined(separator: "\n")
    }

    @Test("A replica is promoted without the last writes, and the master hangs: all that was taken is there, once each")
    func promoted() async throws {
        let directory = try TemporaryDirectory()
        let port = try FreePort.find()
        let master = try await Self.start(directory, "master", ["--port", "\(port)"])
        let replica = try await Self.start(
            directory, "replica", ["--port", "0", "--replicaof", "127.0.0.1", "\(port)"])
        try Self.link(directory, to: directory.file("master.sock"))
        let node = Node(socket: directory.file("redis.sock"), key: .generate())
        try await node.run {
            try await node.streams.loadFunctions()
            var taken = 0
            for _ in 0..<100 where await node.take() { taken += 1 }
            try await eventually("the replica has the first of them") {
                let key = ShardKeys(shard: 0).alerts(Self.tenant)
                return try await Self.cli(directory.file("replica.sock"), "XLEN", key) == "100"
            }
            // The others have cut this master off and promoted the replica; here nobody knows of it yet.
            #expect(try await Self.cli(directory.file("replica.sock"), "REPLICAOF", "NO", "ONE") == "OK")
            for _ in 0..<50 where await node.take(alerts: 2) { taken += 2 }
            master.signal(SIGSTOP)
            #expect(await node.take() == false)
            try Self.link(directory, to: directory.file("replica.sock"))
            try await eventually { await node.take() }
            taken += 1
            let all = taken
            #expect(all >= 201)
            try await eventually("all \(all) are there") { try await node.accepted >= all }
            #expect(node.registry.expose().contains("tocsin_ring_restored_alerts_total 100"))
            // The zombie wakes up; nobody asks it anything.
            master.signal(SIGCONT)
            for _ in 0..<20 where await node.take() { taken += 1 }
            let more = taken
            try await eventually { try await node.accepted >= more }
            let (entries, different) = try await node.waiting()
            #expect(entries == different, "none is there twice")
            #expect(try await node.accepted == more)
            let audit = try await node.streams.audit(Self.tenant)
            #expect(audit.pending == more)
        }
        master.signal(SIGKILL)
        replica.signal(SIGKILL)
    }

    @Test("A server that was killed comes back with less: the node gives it what is missing")
    func restarted() async throws {
        let directory = try TemporaryDirectory()
        let arguments = ["--port", "0", "--appendonly", "yes", "--appendfsync", "no"]
        let first = try await Self.start(directory, "one", arguments)
        try Self.link(directory, to: directory.file("one.sock"))
        let node = Node(socket: directory.file("redis.sock"), key: .generate())
        try await node.run {
            try await node.streams.loadFunctions()
            for _ in 0..<40 { #expect(await node.take()) }
            try await first.kill9()
            // The end of its file is lost.
            let file = directory.file("appendonlydir/appendonly.aof.1.incr.aof")
            let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: file))
            try handle.truncate(atOffset: try handle.seekToEnd() - 4000)
            try handle.close()
            let second = try await Self.start(directory, "one", arguments)
            try await eventually { (try? await node.accepted) == 40 }
            let (entries, different) = try await node.waiting()
            #expect(entries == 40 && different == 40)
            #expect(!node.registry.expose().contains("tocsin_ring_restored_alerts_total 40"), "only what was missing")
            second.signal(SIGKILL)
        }
    }

    @Test("The node and the master die together: the next node gives an empty master what its journal holds")
    func journal() async throws {
        let directory = try TemporaryDirectory()
        let key = RootKey.generate()
        let first = try await Self.start(directory, "one", ["--port", "0"])
        let second = try await Self.start(directory, "two", ["--port", "0"])
        try Self.link(directory, to: directory.file("one.sock"))
        do {
            let journal = try RingJournal(opening: directory.file("j"), time: .seconds(60), clock: SystemClock())
            let node = Node(socket: directory.file("redis.sock"), key: key, journal: journal)
            try await node.run {
                try await node.streams.loadFunctions()
                for _ in 0..<30 { #expect(await node.take()) }
            }
        }
        try await first.kill9()
        try Self.link(directory, to: directory.file("two.sock"))
        let journal = try await RingJournal.reopened(directory.file("j"), clock: SystemClock())
        let node = Node(socket: directory.file("redis.sock"), key: key, journal: journal)
        try await node.run {
            try await eventually { (try? await node.accepted) == 30 }
            let offer = try await node.streams.takeTurn(
                shard: 0, worker: WorkerID("w"), limits: TurnLimits(lease: .seconds(60), deadAfter: .seconds(60)))
            guard case .turn(let turn) = offer else {
                Issue.record("no turn")
                return
            }
            for batch in turn.batches { #expect(try batch.payload.get() == Array("[]".utf8)) }
        }
        second.signal(SIGKILL)
    }

    @Test("A ring that is full says that its guarantee is shorter")
    func full() async throws {
        let directory = try TemporaryDirectory()
        let server = try await Self.start(directory, "one", ["--port", "0"])
        try Self.link(directory, to: directory.file("one.sock"))
        let node = Node(socket: directory.file("redis.sock"), key: .generate(), byteLimit: 2000)
        try await node.run {
            try await node.streams.loadFunctions()
            for _ in 0..<20 { #expect(await node.take()) }
            let line = node.registry.expose().split(separator: "\n").first {
                $0.hasPrefix("tocsin_ring_dropped_early_total")
            }
            #expect(line?.hasSuffix(" 0") == false)
        }
        server.signal(SIGKILL)
    }
}
