import Testing
import TocsinCore
import TocsinRedis
import TocsinSealing
import TocsinTesting

@testable import TocsinStreams

@Suite("Two-phase rotation", .timeLimit(.minutes(8)))
struct TwoPhaseRotationTests {
    /// A node of a version that knows nothing of rotations: its reports have no word of them.
    private func reportOld(_ queues: Queues) async throws {
        var record = RecordWriter()
        record.write(byte: 2)
        for text in ["worker", "0.0.9", "10.0.0.1:9093"] { record.write(text) }
        _ = try await queues.streams.call(.node, on: ShardKeys.nodes) { command in
            command.append("old")
            command.append("here")
            command.append(record.bytes)
        }
    }

    private func sealing(_ queues: Queues) async throws -> [UInt32] {
        try await queues.streams.keys(of: Queues.tenant).filter(\.isSealing).map(\.version)
    }

    @Test(
        "a node that does not read a new key keeps it from sealing, by name, and the next rotation goes on from there")
    func nodeBehind() async throws {
        try await Queues.with { queues in
            let streams = queues.streams
            try await queues.accept(alerts: 1)
            try await reportOld(queues)
            let error = await #expect(throws: StreamsError.self) {
                try await streams.rotateKey(
                    of: Queues.tenant, algorithm: .aes256GCM, patience: .milliseconds(300))
            }
            #expect(error?.code == "rotation_nodes_behind" && error?.message.contains("old") == true)
            let held = try await streams.keys(of: Queues.tenant).map(\.version)
            #expect(held == [1, 2])
            let before = try await sealing(queues)
            #expect(before == [1])
            // What reads the ring anew seals with the old key too.
            let sealer = try await streams.sealers.stored(Queues.tenant).ring(of: Queues.tenant)
            #expect(sealer.currentVersion == 1)
            try await streams.forget(node: "old")
            let next = try await streams.rotateKey(of: Queues.tenant, algorithm: .aes256GCM)
            #expect(next == 2, "no third key is made")
            let after = try await sealing(queues)
            #expect(after == [2])
        }
    }

    @Test("a rotation that is called off leaves nobody locked out")
    func cancelled() async throws {
        try await Queues.with { queues in
            try await queues.accept(alerts: 1)
            try await reportOld(queues)
            let rotation = Task { [streams = queues.streams] in
                try await streams.rotateKey(of: Queues.tenant, algorithm: .aes256GCM)
            }
            try await eventually("the new key is handed out") {
                try await queues.streams.keys(of: Queues.tenant).count == 2
            }
            rotation.cancel()
            _ = await rotation.result
            try await queues.streams.forget(node: "old")
            try await eventually("the lock is free") {
                (try? await queues.streams.rotateKey(of: Queues.tenant, algorithm: .aes256GCM)) == 2
            }
        }
    }

    @Test("one rotation at a time, and a key that was said to seal and is lost leaves the highest to seal")
    func lockAndLoss() async throws {
        try await Queues.with { queues in
            let streams = queues.streams
            try await queues.accept(alerts: 1)
            try await queues.send("SET", ShardKeys.keyLock, "somebody", "PX", "60000")
            await #expect(throws: StreamsError.rotationUnderWay) {
                try await streams.rotateKey(of: Queues.tenant, algorithm: .aes256GCM)
            }
            try await queues.send("DEL", ShardKeys.keyLock)
            try await queues.send("SET", streams.shards.keys(of: Queues.tenant).sealingKey(Queues.tenant), "7")
            let now = try await sealing(queues)
            #expect(now == [1])
            let young = try await streams.keyDue(of: Queues.tenant, olderThan: .seconds(3600))
            #expect(young == nil)
            let due = try await streams.keyDue(of: Queues.tenant, olderThan: .nanoseconds(1))
            #expect(due == 1)
            let next = try await streams.rotateKey(of: Queues.tenant, algorithm: .aes256GCM, replacing: due)
            #expect(next == 2)
        }
    }
}
