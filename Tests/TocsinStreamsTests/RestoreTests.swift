import Logging
import NIOPosix
import Testing
import TocsinCore
import TocsinRedis
import TocsinRouting
import TocsinSealing
import TocsinTesting

@testable import TocsinStreams

@Suite("Batches that are restored after a failover, on a real server", .timeLimit(.minutes(8)))
struct RestoreTests {
    private let worker = WorkerID("one")
    private static let policy = AdmissionPolicy(weight: 1, queuedAlerts: 1_000_000, alertsPerSecond: 0, burst: 0)
    private static let memory = Duration.seconds(180)

    private func seal(_ queues: Queues, alerts: Int = 1, at time: Int64 = 0) async throws -> SealedBatch {
        var batch = try await queues.streams.seal(
            Array("[]".utf8), alerts: alerts, of: Queues.tenant, policy: Self.policy, from: BatchOrigin(kind: "open"))
        batch.acceptedAt = Timestamp(milliseconds: time)
        return batch
    }

    private func keep(_ queues: Queues, alerts: Int = 1) async throws -> SealedBatch {
        let keeping = try await queues.streams.keep(
            try await seal(queues, alerts: alerts), policy: Self.policy, durability: .memory, remembering: Self.memory)
        guard case .kept(let batch) = keeping else { throw Queues.Refused() }
        return batch
    }

    private func restore(_ queues: Queues, _ batches: [SealedBatch]) async throws -> Int {
        try await queues.streams.restore(batches, remembering: Self.memory).alerts
    }

    @Test("What the server has is not added again, whether it waits, is routed, or was delivered long ago")
    func known() async throws {
        try await Queues.with { queues in
            let batch = try await keep(queues, alerts: 3)
            #expect(try await restore(queues, [batch, batch]) == 0)
            let seen = ShardKeys(shard: 0).seen(batch.id, at: try #require(batch.acceptedAt))
            #expect(try await queues.redis.scanAll(match: "*seen:*") == [seen])
            let turn = try #require(try await queues.turn(worker))
            #expect(try await restore(queues, [batch]) == 0)
            #expect(try await queues.commit(turn))
            #expect(try await restore(queues, [batch]) == 0)
            let delivery = try #require(try await queues.claim(worker).first)
            #expect(try await queues.settle(delivery, .delivered))
            #expect(try await restore(queues, [batch]) == 0)
            #expect(try await queues.streams.ledger(of: Queues.tenant).accepted == 3)
            #expect(try await queues.turn(worker) == nil)
        }
    }

    @Test("What the server lacks is added once, is dealt with, and counts as accepted once")
    func lost() async throws {
        try await Queues.with { queues in
            let kept = try await keep(queues)
            let lost = try await seal(queues, alerts: 4, at: 1_790_000_000_123)
            #expect(try await restore(queues, [kept, lost, lost]) == 4)
            #expect(try await restore(queues, [lost]) == 0)
            let turn = try #require(try await queues.turn(worker))
            #expect(turn.batches.map(\.alerts) == [1, 4])
            #expect(turn.batches.last?.receivedAt == Timestamp(milliseconds: 1_790_000_000_123))
            #expect(try turn.batches.last?.payload.get() == Array("[]".utf8))
            #expect(try await queues.commit(turn))
            #expect(try await queues.streams.ledger(of: Queues.tenant).accepted == 5)
            let pending = try await queues.pending()
            #expect(pending.expected == 5 && pending.counted == 5)
        }
    }

    @Test("A restored batch that kills its workers is a dead letter, and the ledger balances")
    func conservation() async throws {
        try await Queues.with { queues in
            #expect(try await restore(queues, [try await seal(queues, alerts: 2)]) == 2)
            for number in 0..<4 {
                _ = try await queues.turn(
                    WorkerID("w\(number)"), lease: .milliseconds(1), deadAfter: .milliseconds(1))
                try await eventually { try await queues.pending().expected == queues.pending().counted }
            }
        }
    }

    @Test("Thousands of batches fit, small ones and large ones, in any number of calls")
    func many() async throws {
        try await Queues.with { queues in
            var batches: [SealedBatch] = []
            for number in 0..<1000 {
                let payload = [UInt8](repeating: 32, count: number % 50 == 0 ? 300_000 : 100)
                var batch = try await queues.streams.seal(
                    payload, alerts: 1, of: Queues.tenant, policy: Self.policy, from: BatchOrigin(kind: "open"))
                batch.acceptedAt = Timestamp(milliseconds: Int64(number))
                batches.append(batch)
            }
            #expect(try await restore(queues, batches) == 1000)
            #expect(try await restore(queues, batches) == 0)
            let entries = try await queues.redis.xrange(ShardKeys(shard: 0).alerts(Queues.tenant))
            #expect(entries.count == 1000)
        }
    }

    @Test("The names of batches are kept in a few bytes each, and are forgotten in time")
    func memory() async throws {
        try await Queues.with { queues in
            for _ in 0..<300 { _ = try await keep(queues) }
            let sets = try await queues.redis.scanAll(match: "tocsin:{s00}:seen:*")
            #expect(!sets.isEmpty)
            for set in sets {
                var encoding = RedisCommand(unlisted: "OBJECT")
                encoding.append("ENCODING")
                encoding.append(set)
                #expect(try await queues.redis.send(encoding).string == "intset")
                var expiry = RedisCommand(unlisted: "PTTL")
                expiry.append(set)
                #expect(try await queues.redis.send(expiry).requireInteger() > 100_000)
            }
        }
    }

    @Test("A tenant's key that the new master lacks is put back; where it has another, batches are sealed again")
    func keys() async throws {
        let directory = try TemporaryDirectory()
        let ring = ShardKeys(shard: 0).dataKeys(Queues.tenant)
        var server = try await RedisServer.start(directory)
        let client = RedisClient(
            configuration: RedisConfiguration(endpoint: .unix(path: directory.file("redis.sock"))),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))
        /// Another server, without anything, in the place of the first.
        func replaceServer() async throws {
            let epoch = client.topologyEpoch
            try await server.kill9()
            server = try await RedisServer.start(directory)
            try await eventually { client.isConnected && client.topologyEpoch > epoch }
        }
        let streams = [RootKey.generate()].flatMap { key in
            (0..<2).map { _ in
                TenantStreams(
                    redis: client, shards: ShardMap(count: 1), rootKey: key, clock: SystemClock(),
                    logger: Logger(label: "test"))
            }
        }
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            try await client.waitUntilConnected(timeout: .seconds(60))
            let queues = Queues(streams: streams[0], redis: client)
            let batch = try await keep(queues)
            try await replaceServer()
            #expect(try await restore(queues, [batch]) == 1)
            #expect(try await client.hgetall(ring).count == 1)
            let turn = try #require(try await queues.turn(worker))
            #expect(try turn.batches.map { try $0.payload.get() } == [Array("[]".utf8)])

            try await replaceServer()
            _ = try await streams[1].accept(Array("[1]".utf8), alerts: 1, from: Queues.tenant, policy: Self.policy)
            #expect(try await restore(queues, [batch]) == 1)
            let both = try #require(try await Queues(streams: streams[1], redis: client).turn(worker))
            #expect(try both.batches.map { try $0.payload.get() } == [Array("[1]".utf8), Array("[]".utf8)])
            group.cancelAll()
        }
        server.signal(9)
    }

    @Test("A batch as a file keeps it reads back, and damage is no batch")
    func coding() async throws {
        try await Queues.with { queues in
            let batch = try await keep(queues, alerts: 7)
            let bytes = batch.encoded()
            #expect(SealedBatch(decoding: bytes) == batch)
            for length in 0..<bytes.count { #expect(SealedBatch(decoding: Array(bytes.prefix(length))) == nil) }
        }
    }
}
