import Logging
import Testing
import TocsinCore
import TocsinSealing
import TocsinTesting

@testable import TocsinStreams

/// Nodes of two versions on one Redis, as they are while an upgrade goes from one to the next.
@Suite("Two versions at once", .timeLimit(.minutes(8)))
struct TwoVersionsTests {
    private static let seed = UInt64.random(in: 0 ... .max)

    @Test("each calls the functions it was tested with, on the same queues, and everything is delivered once")
    func rolling() async throws {
        print("two versions: seed \(Self.seed)")
        try await RedisServer.with { client in
            let rootKey = RootKey.generate()
            func queues(_ library: FunctionLibrary) -> Queues {
                Queues(
                    streams: TenantStreams(
                        redis: client, shards: ShardMap(count: 1), rootKey: rootKey, clock: SystemClock(),
                        logger: Logger(label: "test"), library: library), redis: client)
            }
            let old = queues(.current)
            let new = queues(FunctionLibrary(remark: "-- the version after\n"))
            #expect(old.streams.library.digest != new.streams.library.digest)
            try await old.streams.loadFunctions()
            // The new version's library comes with its first call.
            var delivered: [String] = []
            var generator = SeededGenerator(seed: Self.seed)
            for _ in 0..<200 {
                let (queues, worker) =
                    Bool.random(using: &generator)
                    ? (old, WorkerID("old")) : (new, WorkerID("new"))
                switch Int.random(in: 0..<4, using: &generator) {
                case 0, 1: try await queues.accept(alerts: 1)
                case 2:
                    if let turn = try await queues.turn(worker) { #expect(try await queues.commit(turn)) }
                default:
                    for delivery in try await queues.claim(worker, 3, deadAfter: .seconds(60)) {
                        // A notification is settled by who claimed it, whatever version queued it.
                        #expect(try await queues.settle(delivery, .delivered, health: .healthy))
                        delivered.append(delivery.id)
                    }
                }
            }
            // The last of the old nodes leaves with something in its hands.
            try await old.accept(alerts: 1)
            while let turn = try await new.turn(WorkerID("new")) { #expect(try await new.commit(turn)) }
            _ = try await old.claim(WorkerID("old"), 2, deadAfter: .seconds(60))
            try await old.streams.leave(WorkerID("old"))
            for delivery in try await new.claim(WorkerID("new"), 1000, deadAfter: .seconds(60)) {
                #expect(try await new.settle(delivery, .delivered, health: .healthy))
                delivered.append(delivery.id)
            }
            #expect(Set(delivered).count == delivered.count)
            #expect(try await new.pending() == (0, 0))
            #expect(try await old.streams.ledger(of: Queues.tenant).delivered == delivered.count)
        }
    }

    @Test("a node of each version sees the other, and can send it away")
    func seeEachOther() async throws {
        try await Queues.with { queues in
            let other = TenantStreams(
                redis: queues.redis, shards: ShardMap(count: 1), rootKey: .generate(), clock: SystemClock(),
                logger: Logger(label: "test"), library: FunctionLibrary(remark: "-- another\n"))
            func report(_ id: String) -> NodeReport {
                NodeReport(id: id, role: "worker", version: "1", address: "", seenAt: 0, inFlight: 0)
            }
            _ = try await queues.streams.report(report("old"))
            _ = try await other.report(report("new"))
            let seen = try await queues.streams.nodes()
            #expect(seen.map(\.id) == ["new", "old"])
            #expect(Set(seen.map(\.library)).count == 2)
            #expect(try await other.nodes().map(\.id) == ["new", "old"])
            #expect(try await other.drain(node: "old"))
            #expect(try await queues.streams.report(report("old")))
        }
    }
}
