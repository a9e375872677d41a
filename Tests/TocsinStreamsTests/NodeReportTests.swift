import Testing
import TocsinCore
import TocsinRedis
import TocsinSealing
import TocsinTesting

@testable import TocsinStreams

@Suite("What nodes say of themselves", .timeLimit(.minutes(8)))
struct NodeReportTests {
    private static let key = "tocsin:{fleet}:nodes"

    private static var report: NodeReport {
        var report = NodeReport(
            id: "a", role: "worker", version: "0.1.0", address: "10.0.0.1:9093", seenAt: 1_700_000_000_000, inFlight: 7)
        report.turns = 2
        report.tenants = ["acme", "globex"]
        report.cpu = 1.25
        report.memoryBytes = 64 << 20
        report.loopLagMilliseconds = 3
        report.isDraining = true
        report.protocolVersion = 1
        report.library = "0123456789ab"
        return report
    }

    @Test("a report is read by the same version, by an older and a newer one, and in spite of damage")
    func records() {
        let report = Self.report
        let record = report.record
        #expect(NodeReport(id: "a", record: record) == report)
        #expect(NodeReport(id: "a", record: record + [1, 2, 3]) == report, "what a newer version adds is not read")
        for end in 0..<record.count {
            let part = NodeReport(id: "a", record: Array(record[..<end]))
            #expect(part.id == "a" && (part.role == "worker" || part.role == "unknown"))
        }
        var old = RecordWriter()
        old.write(byte: 2)
        for text in ["worker", "0.0.9", "10.0.0.1:9093"] { old.write(text) }
        old.write(signed: 1_700_000_000_000)
        old.write(signed: 7)
        let read = NodeReport(id: "a", record: old.bytes)
        #expect(read.version == "0.0.9" && read.inFlight == 7 && read.protocolVersion == 0 && read.tenants.isEmpty)
        #expect(NodeReport(id: "a", record: [9] + record.dropFirst()).role == "unknown")
        var many = report
        many.tenants = (0..<100).map { "t\($0)" }
        #expect(NodeReport(id: "a", record: many.record).tenants.count == 16)
    }

    @Test("a ring that is damaged keeps a key from being used, and no node from being heard")
    func damagedRing() async throws {
        try await Queues.with { queues in
            let (streams, tenant) = (queues.streams, try #require(TenantID("acme")))
            #expect(try await streams.rotateKey(of: tenant, algorithm: .aes256GCM) == 2, "nobody is there to wait for")
            #expect(try await streams.report(Self.report) == false)
            let before = try await streams.nodes().first?.keyGeneration
            #expect(before?.isEmpty == false)
            try await queues.send("HSET", streams.shards.keys(of: tenant).dataKeys(tenant), "1", "damaged")
            try await queues.send("SET", ShardKeys.keyGeneration, "another")
            #expect(try await streams.report(Self.report) == false)
            #expect(try await streams.nodes().first?.keyGeneration == before)
            await #expect(throws: (any Error).self) { try await streams.verifyKeys(of: tenant) }
        }
    }

    @Test("a node is listed with its age by Redis' clock, is told to drain, and is gone when it leaves")
    func wholeLife() async throws {
        try await Queues.with { queues in
            let streams = queues.streams
            var report = Self.report
            report.isDraining = false
            // A clock that is wrong by decades changes nothing.
            report.seenAt = 0
            #expect(try await streams.report(report) == false)
            let listed = try #require(try await streams.nodes().first)
            #expect(listed.id == "a" && !listed.isDraining && listed.ageMilliseconds < 60_000)
            #expect(listed.protocolVersion == TenantStreams.protocolVersion && listed.library.count == 12)
            #expect(try await streams.drain(node: "b") == false)
            #expect(try await streams.drain(node: "a"))
            #expect(try await streams.isDraining(node: "a"))
            #expect(try await streams.report(report), "the report's answer brings the mark")
            try await streams.forget(node: "a")
            #expect(try await streams.nodes().isEmpty)
            #expect(try await streams.report(report) == false, "the mark is gone with the node")
        }
    }

    @Test("a node of an older version is as old as it says itself, because Redis does not note its time")
    func olderVersion() async throws {
        try await Queues.with { queues in
            var old = Self.report
            old.protocolVersion = 0
            old.seenAt = SystemClock().now().milliseconds
            var command = RedisCommand(unlisted: "HSET")
            command.append(Self.key)
            command.append("a")
            command.append(old.record)
            _ = try await queues.redis.send(command)
            try await queues.send("ZADD", Self.key + ":seen", "1000", "a")
            let listed = try #require(try await queues.streams.nodes().first)
            #expect(listed.ageMilliseconds < 60_000)
        }
    }

    @Test("who has said nothing for a minute is forgotten, by Redis' clock and whoever reports next")
    func silence() async throws {
        try await Queues.with { queues in
            let streams = queues.streams
            for id in ["a", "b", "c"] {
                var report = Self.report
                report.id = id
                _ = try await streams.report(report)
            }
            #expect(try await streams.drain(node: "b"))
            try await queues.send("ZADD", Self.key + ":seen", "1000", "b")
            // A node of an older version writes its report and nothing else.
            try await queues.send("HSET", Self.key, "old", "\u{2}")
            _ = try await streams.report(Self.report)
            #expect(try await streams.nodes().map(\.id) == ["a", "c", "old"])
            #expect(try await queues.send("EXISTS", Self.key + ":drain").integer == 0)
        }
    }
}
