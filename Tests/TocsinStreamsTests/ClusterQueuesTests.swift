import Logging
import NIOPosix
import Testing
import TocsinCore
import TocsinRedis
import TocsinRouting
import TocsinSealing
import TocsinTesting

@testable import TocsinStreams

@Suite("Queues in a cluster", .serialized, .timeLimit(.minutes(8)))
struct ClusterQueuesTests {
    private func withQueues(
        _ set: RedisServers, _ body: @Sendable @escaping (Queues) async throws -> Void
    ) async throws {
        let client = RedisClient(
            configuration: try RedisConfiguration(url: set.url),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            try await client.waitUntilConnected(timeout: .seconds(60))
            let streams = TenantStreams(
                redis: client, shards: ShardMap(count: 1), rootKey: .generate(), clock: SystemClock(),
                logger: Logger(label: "test"))
            try await streams.loadFunctions()
            try await body(Queues(streams: streams, redis: client))
            group.cancelAll()
        }
    }

    @Test("While a shard's slot moves its functions are refused as a whole, and afterwards they go on where they were")
    func moving() async throws {
        let set = try await RedisServers.cluster()
        defer { set.end() }
        try await withQueues(set) { queues in
            let (keys, worker) = (ShardKeys(shard: 0), WorkerID("w"))
            try await queues.queue(20, by: worker)
            let delivered = try #require(try await queues.claim(worker, 1).first)
            #expect(try await queues.settle(delivered, .delivered))

            let slot = try await queues.send("CLUSTER", "KEYSLOT", keys.agenda).requireInteger()
            let place = try queues.redis.server(of: keys.agenda)
            let masters = queues.redis.servers
            func server(_ endpoint: RedisConfiguration.Endpoint) throws -> RedisServers.Server {
                try #require(set.servers.first { endpoint == .tcp(host: "127.0.0.1", port: $0.port) })
            }
            let (source, target) = (try server(place), try server(try #require(masters.first { $0 != place })))
            let (from, to) = (try await source.ask("CLUSTER", "MYID"), try await target.ask("CLUSTER", "MYID"))
            try await target.ask("CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", from)
            try await source.ask("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", to)
            let found = try await source.ask("CLUSTER", "GETKEYSINSLOT", "\(slot)", "1000").split(separator: "\n")
            #expect(found.count > 5)
            for (number, key) in found.enumerated() {
                if number == found.count / 2 {
                    let before = try await source.ask("DEBUG", "DIGEST")
                    await #expect {
                        try await queues.accept(alerts: 1)
                    } throws: {
                        ($0 as? RedisError).map { [.slotMoving, .moved].contains($0.kind) } ?? false
                    }
                    await #expect(throws: RedisError.self) { try await queues.claim(worker, 1) }
                    #expect(try await source.ask("DEBUG", "DIGEST") == before)
                }
                try await source.ask("MIGRATE", "127.0.0.1", "\(target.port)", String(key), "0", "5000")
            }
            for server in [target, source] {
                try await server.ask("CLUSTER", "SETSLOT", "\(slot)", "NODE", to)
            }
            try await eventually {
                try queues.redis.server(of: keys.agenda) == .tcp(host: "127.0.0.1", port: target.port)
            }
            try await queues.queue(5, by: worker)
            let rest = try await queues.claim(worker, 100)
            #expect(rest.count == 24)
            for delivery in rest { #expect(try await queues.settle(delivery, .delivered)) }
            let pending = try await queues.pending()
            #expect(pending.expected == 0 && pending.counted == 0)
            #expect(try await queues.streams.ledger(of: Queues.tenant).delivered == 25)
        }
    }

    @Test("A write is confirmed by the replica of the server that has the tenant")
    func confirmed() async throws {
        let set = try await RedisServers.cluster()
        defer { set.end() }
        try await withQueues(set) { queues in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask { try await queues.streams.confirmations.run() }
                _ = try await queues.streams.checkServer(ServerNeeds([.replicated(1)]))
                let policy = AdmissionPolicy(weight: 1, queuedAlerts: 1000, alertsPerSecond: 0, burst: 0)
                for _ in 0..<20 {
                    let batch = try await queues.streams.seal(
                        Array("[]".utf8), alerts: 1, of: Queues.tenant, policy: policy, from: BatchOrigin(kind: "open"))
                    try await eventually {
                        do {
                            _ = try await queues.streams.keep(
                                batch, policy: policy, durability: .replicated(1), remembering: .seconds(60))
                            return true
                        } catch is RedisError {
                            return false
                        } catch is DurabilityError {
                            // A replica that has only just come is not counted yet; nothing was kept.
                            return false
                        }
                    }
                }
                #expect(try await queues.streams.ledger(of: Queues.tenant).accepted == 20)
                group.cancelAll()
            }
        }
    }

    @Test("What an ACL user needs is read out of the program, and a server takes it")
    func rights() async throws {
        let rules = RedisAccess.rules(hasWaitAOF: false)
        #expect(rules.contains("+xgroup|delconsumer") && rules.contains("+config|get") && rules.contains("+xdel"))
        #expect(rules.contains("+xgroup|create") && rules.contains("+pexpireat"))
        #expect(!rules.contains { $0.contains("@all") && $0 != "-@all" })
        try await RedisServer.with { client in
            var command = RedisCommand(unlisted: "ACL")
            for word in ["SETUSER", "tocsin", "on"] + rules { command.append(word) }
            let answer = try await client.send(command)
            #expect(answer.string == "OK")
        }
    }
}
