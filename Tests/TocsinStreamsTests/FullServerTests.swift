import Foundation
import Testing
import TocsinCore
import TocsinRedis
import TocsinRouting
import TocsinTesting

@testable import TocsinStreams

@Suite("A Redis server that takes no writes", .timeLimit(.minutes(8)))
struct FullServerTests {
    private let worker = WorkerID("one")

    private func set(_ redis: RedisClient, _ name: String, _ value: String) async throws {
        var command = RedisCommand(unlisted: "CONFIG")
        for word in ["SET", name, value] { command.append(word) }
        _ = try await redis.send(command)
    }

    private func refusal(_ queues: Queues) async throws -> RedisError.Kind? {
        do {
            try await queues.accept(alerts: 1)
            return nil
        } catch let error as RedisError {
            return error.kind
        }
    }

    @Test("At its maxmemory nothing new is taken, and everything that was is routed, delivered, retried and given up")
    func outOfMemory() async throws {
        try await Queues.with { queues in
            for _ in 0..<6 { try await queues.accept(alerts: 2) }
            try await set(queues.redis, "maxmemory", "1mb")
            let pressure = try await queues.streams.readPressure()
            #expect(pressure.share > 1 && pressure.replicas == 0)
            #expect(try await refusal(queues) == .outOfMemory)

            let released = try #require(try await queues.turn(worker))
            try await queues.streams.release(released, retryIn: .zero)
            let turn = try #require(try await queues.turn(worker))
            #expect(try await queues.streams.renew(turn, lease: .seconds(60)))
            #expect(try await queues.commit(turn))
            let deliveries = try await queues.claim(worker)
            #expect(deliveries.count == 6)
            let verdicts: [Settlement.Verdict] = [
                .delivered, .retry(after: .zero), .release(after: .zero), .dead(reason: "test"), .delivered,
            ]
            for (delivery, verdict) in zip(deliveries, verdicts) {
                #expect(try await queues.settle(delivery, verdict))
            }
            #expect(try await queues.buryTheDead(noticedBy: WorkerID("two")) == 1)
            for delivery in try await queues.claim(WorkerID("two")) {
                #expect(try await queues.settle(delivery, .delivered))
            }
            let ledger = try await queues.streams.ledger(of: Queues.tenant)
            #expect(ledger.accepted == 12 && ledger.expectedPending == 0)
            var lost = try await queues.streams.seal(
                Array("[]".utf8), alerts: 1, of: Queues.tenant,
                policy: AdmissionPolicy(weight: 1, queuedAlerts: 1, alertsPerSecond: 0, burst: 0),
                from: BatchOrigin(kind: "open"))
            lost.acceptedAt = Timestamp(milliseconds: 1)
            #expect(try await queues.streams.restore([lost], remembering: .seconds(60)).alerts == 1)

            try await set(queues.redis, "maxmemory", "0")
            #expect(try await refusal(queues) == nil)
        }
    }

    @Test("Without its disk, and without the replicas that it is to have, it says so in a way that is told apart")
    func refusals() async throws {
        try await Queues.with { queues in
            try await queues.accept(alerts: 1)
            try await set(queues.redis, "min-replicas-to-write", "1")
            #expect(try await refusal(queues) == .notEnoughReplicas)
            try await set(queues.redis, "min-replicas-to-write", "0")

            try await set(queues.redis, "save", "3600 1")
            let folder = try #require(try await queues.redis.configGet("dir", of: queues.redis.servers[0]))
            try FileManager.default.removeItem(atPath: folder)
            _ = try? await queues.redis.send(RedisCommand(unlisted: "BGSAVE"))
            try await eventually { try await refusal(queues) == .misconfigured }
        }
    }

    @Test(
        "How a write becomes safe on disk depends on the settings and the version",
        arguments: [
            ("7.0.15", "yes", "always", ServerAbilities.Disk.always), ("7.0.15", "yes", "everysec", .never),
            ("7.2.0", "yes", "everysec", .onRequest), ("10.0.1", "yes", "everysec", .onRequest),
            ("7.2.0", "yes", "no", .never), ("8.0.0", "no", "always", .never), ("7.2.4", "yes", "always", .always),
        ])
    func disk(version: String, appends: String, policy: String, expected: ServerAbilities.Disk) {
        let settings = ["appendonly": appends, "appendfsync": policy]
        #expect(ServerRules.disk(settings, version: version) == expected)
        let codes = ServerRules.findings(version: version, settings: settings, needs: ServerNeeds([.fsync])).map(\.code)
        #expect(codes.contains("redis_not_fsync") == (expected == .never))
        #expect(ServerRules.disk([:], version: version) == .unknown)
    }
}
