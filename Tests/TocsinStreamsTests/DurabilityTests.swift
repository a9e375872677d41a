import Foundation
import Logging
import Testing
import TocsinCore
import TocsinRedis
import TocsinRouting
import TocsinSealing
import TocsinTesting

@testable import TocsinStreams

@Suite("What durability promises, on a real master and its replica", .timeLimit(.minutes(8)))
struct DurabilityTests {
    private static let policy = AdmissionPolicy(weight: 1, queuedAlerts: 1_000_000, alertsPerSecond: 0, burst: 0)

    private struct Pair: Sendable {
        let streams: TenantStreams
        let master: RedisClient
        let replica: ChildProcess

        func keep(_ durability: Durability) async throws -> Keeping {
            let batch = try await streams.seal(
                Array("[]".utf8), alerts: 1, of: Queues.tenant, policy: DurabilityTests.policy,
                from: BatchOrigin(kind: "open"))
            return try await streams.keep(
                batch, policy: DurabilityTests.policy, durability: durability, remembering: .seconds(60))
        }

        /// Why nothing was promised.
        func refusal(_ durability: Durability) async throws -> DurabilityError? {
            do {
                _ = try await keep(durability)
                return nil
            } catch let error as DurabilityError {
                return error
            }
        }

        func count(_ command: String) async throws -> Int {
            let line = try await master.info("commandstats", of: master.servers[0])["cmdstat_" + command] ?? ""
            return line.split(separator: ",").first?.split(separator: "=").last.flatMap { Int($0) } ?? 0
        }
    }

    private static func with(
        _ arguments: [String] = [], _ body: @Sendable @escaping (Pair) async throws -> Void
    ) async throws {
        let port = try FreePort.find()
        try await RedisServer.with(["--port", "\(port)", "--repl-diskless-sync-delay", "0"] + arguments) { master in
            let directory = try TemporaryDirectory()
            let replica = try await RedisServer.start(directory, ["--replicaof", "127.0.0.1", "\(port)"])
            let streams = TenantStreams(
                redis: master, shards: ShardMap(count: 1), rootKey: .generate(), clock: SystemClock(),
                confirmTimeout: .milliseconds(300), logger: Logger(label: "test"))
            try await streams.loadFunctions()
            try await eventually { try await streams.readPressure().replicas == 1 }
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await streams.confirmations.run() }
                let pair = Pair(streams: streams, master: master, replica: replica)
                try await eventually { (try? await pair.keep(.replicated(1))) != nil }
                try await body(pair)
                group.cancelAll()
            }
            replica.signal(9)
        }
    }

    @Test("Classes are written as the configuration has them")
    func text() {
        for text in ["memory", "fsync", "replicated:1", "replicated:8"] {
            #expect(Durability(text)?.description == text)
        }
        for text in [
            "", "disk", "replicated", "replicated:", "replicated:0", "replicated:9", "replicated:1:2", "fsync:1",
        ] {
            #expect(Durability(text) == nil)
        }
    }

    @Test("With a replica that follows, replicated:1 is kept; more than there are is refused before anything is stored")
    func replicated() async throws {
        try await Self.with { pair in
            let before = try await pair.streams.ledger(of: Queues.tenant).accepted
            #expect(try await pair.refusal(.replicated(1)) == nil)
            #expect(try await pair.refusal(.replicated(2)) == .notReplicated(isKept: false))
            #expect(try await pair.streams.ledger(of: Queues.tenant).accepted == before + 1)
            let findings = try await pair.streams.checkServer(ServerNeeds([.memory, .replicated(2), .replicated(1)]))
            #expect(findings.contains { $0.code == "redis_too_few_replicas" && !$0.isFatal })
            #expect(pair.streams.isApproved)
        }
    }

    @Test("A replica that is paused confirms nothing: the sender is not told yes, and memory is not held up")
    func paused() async throws {
        try await Self.with { pair in
            pair.replica.signal(SIGSTOP)
            #expect(try await pair.refusal(.replicated(1)) == .notReplicated(isKept: true))
            #expect(try await pair.refusal(.memory) == nil)
            pair.replica.signal(SIGCONT)
            try await eventually { try await pair.refusal(.replicated(1)) == nil }
        }
    }

    @Test("Many callers share a WAIT")
    func coalesced() async throws {
        try await Self.with { pair in
            let before = try await pair.count("wait")
            try await withThrowingTaskGroup(of: DurabilityError?.self) { group in
                for _ in 0..<500 { group.addTask { try await pair.refusal(.replicated(1)) } }
                for try await refusal in group { #expect(refusal == nil) }
            }
            let waits = try await pair.count("wait") - before
            #expect(waits > 0 && waits < 250, "\(waits) for 500 batches")
        }
    }

    @Test("fsync is promised only where every write is on disk before its answer, and refused for its tenants alone")
    func fsync() async throws {
        try await Self.with(["--appendonly", "yes"]) { pair in
            let findings = try await pair.streams.checkServer(ServerNeeds([.fsync]))
            #expect(findings.contains { $0.code == "redis_not_fsync" && $0.isFatal })
            #expect(pair.streams.isApproved)
            #expect(try await pair.refusal(.fsync) == .notFsynced(isKept: false))
            #expect(try await pair.refusal(.memory) == nil)
            var command = RedisCommand(unlisted: "CONFIG")
            for word in ["SET", "appendfsync", "always"] { command.append(word) }
            _ = try await pair.master.send(command)
            #expect(try await pair.streams.checkServer(ServerNeeds([.fsync])).isEmpty)
            #expect(try await pair.refusal(.fsync) == nil)
        }
    }

    @Test("Without the service that waits, a write that must be confirmed is refused at once")
    func notRunning() async throws {
        try await Queues.with { queues in
            let batch = try await queues.streams.seal(
                Array("[]".utf8), alerts: 1, of: Queues.tenant, policy: Self.policy, from: BatchOrigin(kind: "open"))
            await #expect(throws: RedisError.self) {
                try await queues.streams.keep(
                    batch, policy: Self.policy, durability: .replicated(1), remembering: nil)
            }
        }
    }
}
