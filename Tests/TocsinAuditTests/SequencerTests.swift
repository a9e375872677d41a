import Foundation
import Logging
import Testing
import TocsinCore
import TocsinRedis
import TocsinStreams
import TocsinTesting

@testable import TocsinAudit

@Suite("The audit log on a server", .timeLimit(.minutes(8)))
struct SequencerTests {
    @Test("what is recorded gets into one tree, in order, with three nodes that all want to put it there")
    func order() async throws {
        try await Logs.with { logs in
            try await logs.withSequencers(3) {
                var ids: [String] = []
                for number in 0..<40 {
                    let event = AuditEvent(
                        .silencePut, on: "silence/\(number)",
                        by: AuditActor(kind: .token, credential: "t1", name: "ada"))
                    ids.append(try await logs.recorder.record(event, in: Logs.tenant))
                    if number % 10 == 9 { try await logs.add(300) }
                }
                try await logs.waitForSize(1240)
                let report = try #require(
                    try await LogVerification.verify(logs.reader.tiles, keys: try await logs.reader.keys()))
                #expect(report.size == 1240 && report.signers.count == 1)
                let lines = try await logs.reader.lines(0..<2000)
                #expect(lines.count == 1240)
                let recorded = lines.compactMap(\.entry).filter { $0.event.action == .silencePut }
                #expect(recorded.map(\.id) == ids, "in the order of their recording")
                #expect(lines.first?.name == "ada")
                #expect(lines.allSatisfy { $0.entry?.log == "acme" && $0.entry?.node == "n1" })
                let waiting = try await logs.streams.auditLogsToServe()
                #expect(waiting.isEmpty)
            }
        }
    }

    @Test("a notification that Redis has given up by itself becomes an entry")
    func buried() async throws {
        try await Logs.with { logs in
            let record = "buried\t1790000000500\tn-1\tout\t2\t1790000000000\tpoison"
            _ = try await logs.streams.addToAudit([Array(record.utf8)], of: Logs.tenant)
            try await logs.withSequencers { try await logs.waitForSize(1) }
            let event = try #require(try await logs.reader.lines(0..<1).first?.entry?.event)
            #expect(event.action == .delivery && event.object == "notification/n-1")
            #expect(event.outcome == .failed && event.reason == "poison")
            #expect(
                event.facts == [
                    .init("attempts", "2"), .init("made", "2026-09-21T14:13:20.000Z"), .init("receiver", "out"),
                ])
        }
    }

    @Test("alerts that Redis has given up by itself become an entry, and what is none stays what it is")
    func buriedAlerts() async throws {
        try await Logs.with { logs in
            let records = [
                "buried-alerts\t1790000000500\tdead_letter/alerts-7-0\t12\tpoison", "buried-alerts\tx", "buried",
            ]
            _ = try await logs.streams.addToAudit(records.map { Array($0.utf8) }, of: Logs.tenant)
            try await logs.withSequencers { try await logs.waitForSize(3) }
            let lines = try await logs.reader.lines(0..<3)
            let event = try #require(lines.first?.entry?.event)
            #expect(event.action == .deadLetterBury && event.object == "dead_letter/alerts-7-0")
            #expect(event.outcome == .done && event.reason == "poison" && event.facts == [.init("alerts", "12")])
            #expect(lines.count == 3 && lines[1].entry == nil && lines[2].entry == nil)
        }
    }

    @Test("an entry has room in a bundle, however long what others wrote is")
    func long() {
        // One character of which there is no end.
        let word = "e" + String(repeating: "\u{301}", count: 50_000)
        let event = AuditEvent(.delivery, on: word, by: .node, reason: word, facts: [.init("last", word)])
        let entry = AuditEntry(id: "x", time: .epoch, log: "acme", node: "n1", event: event, personal: nil)
        #expect(entry.bytes.count < 4096)
    }

    @Test("who had charge before can add nothing")
    func fencing() async throws {
        try await Logs.with { logs in
            try await logs.add(3)
            try await logs.withSequencers { try await logs.waitForSize(3) }
            let charge = try await logs.streams.leadAudit("late", for: .seconds(10))
            #expect(charge.isOwn)
            try await logs.add(1)
            let queued = try await logs.streams.auditQueue(of: Logs.tenant, most: 1)
            let commit = Self.commit(before: 3, after: 4, taken: queued)
            let other = try await logs.streams.commitAudit(
                Self.commit(before: 3, after: 4), to: Logs.tenant, fence: charge.fence)
            #expect(!other, "what waits is not what was read: a failover has lost that, and another has come")
            let stale = try await logs.streams.commitAudit(commit, to: Logs.tenant, fence: charge.fence - 1_000_000)
            #expect(!stale, "the number is too old")
            let wrongSize = try await logs.streams.commitAudit(
                Self.commit(before: 2, after: 3, taken: queued), to: Logs.tenant, fence: charge.fence)
            #expect(!wrongSize, "the tree has grown since")
        }
    }

    @Test("what is done is recorded before, and its end or its failure afterwards")
    func around() async throws {
        try await Logs.with { logs in
            try await logs.withSequencers {
                let event = AuditEvent(.tokenIssue, on: "token/1", by: AuditActor(kind: .command, name: "root@host"))
                let answer = try await logs.recorder.around(event, in: Logs.tenant) { (7, AuditChange(after: "abc")) }
                #expect(answer == 7)
                await #expect(throws: AuditError.self) {
                    try await logs.recorder.around(event, in: Logs.tenant) { () -> (result: Int, change: AuditChange) in
                        throw AuditError(code: "because", message: "it fails")
                    }
                }
                for error in [RedisError(.timeout, "no reply"), CancellationError()] as [any Error] {
                    await #expect(throws: (any Error).self) {
                        try await logs.recorder.around(event, in: Logs.tenant) {
                            () -> (result: Int, change: AuditChange) in throw error
                        }
                    }
                }
                try await logs.waitForSize(8)
                let entries = try await logs.reader.lines(0..<8).compactMap(\.entry)
                #expect(
                    entries.map(\.event.outcome) == [
                        .begun, .done, .begun, .failed, .begun, .unclear, .begun, .unclear,
                    ])
                #expect(entries[1].event.beginning == entries[0].id && entries[1].event.after == "abc")
                #expect(entries[3].event.beginning == entries[2].id && entries[3].event.reason == "because")
                #expect(entries[5].event.reason == "redis_timeout", "it may have been done, and nobody was told")
            }
        }
    }

    @Test("whoever knocks from ever other addresses fills no memory with keys, and who has a name is always kept")
    func addresses() async throws {
        try await Logs.with { logs in
            let key = "tocsin:{s0\(logs.streams.shard(of: Logs.tenant))}:acme:audit:subjects"
            for start in stride(from: 0, to: AuditSubjects.mostWithAddresses, by: 1000) {
                var command = RedisCommand(unlisted: "HSET")
                command.append(key)
                for number in start..<start + 1000 {
                    command.append("\(number)")
                    command.append("x")
                }
                _ = try await logs.redis.send(command)
            }
            let stranger = AuditActor(kind: .open, address: "192.0.2.7")
            let person = AuditActor(kind: .token, credential: "1", name: "ada", address: "192.0.2.7")
            for actor in [stranger, person] {
                try await logs.recorder.record(AuditEvent(.loginRefused, on: "/", by: actor), in: Logs.tenant)
            }
            try await logs.withSequencers { try await logs.waitForSize(2) }
            let lines = try await logs.reader.lines(0..<2)
            #expect(lines.map(\.name) == [nil, "ada"] && lines.map(\.address) == [nil, "192.0.2.7"])
            #expect(lines[0].entry?.event.outcome == .done, "that somebody knocked is recorded all the same")
        }
    }

    @Test("nothing is done while too many entries wait for their tree")
    func full() async throws {
        try await Logs.with { logs in
            for _ in 0..<10 { try await logs.add(10_000) }
            let event = AuditEvent(.tokenIssue, on: "token/1", by: .node)
            let error = await #expect(throws: AuditError.self) {
                try await logs.recorder.around(event, in: Logs.tenant) { () -> (result: Int, change: AuditChange) in
                    Issue.record("it must not be done")
                    return (1, AuditChange())
                }
            }
            #expect(error?.code == "audit_behind")
        }
    }

    @Test("erasing a person leaves every entry and proof as it was, and no name")
    func erasure() async throws {
        try await Logs.with { logs in
            try await logs.withSequencers {
                for name in ["ada", "bob", "ada"] {
                    let actor = AuditActor(kind: .jwt, name: name, address: "192.0.2.7")
                    try await logs.recorder.record(AuditEvent(.silencePut, on: "silence/1", by: actor), in: Logs.tenant)
                }
                try await logs.waitForSize(3)
                let before = try await logs.reader.lines(0..<3)
                #expect(before.map(\.name) == ["ada", "bob", "ada"] && before[0].address == "192.0.2.7")
                #expect(before[0].entry?.subject == before[2].entry?.subject)
                let raw = String(decoding: before[0].bytes, as: UTF8.self)
                #expect(!raw.contains("ada") && !raw.contains("192.0.2.7"))
                let shown = try await logs.reader.proof(of: 0, revealing: true)
                let hidden = try await logs.reader.proof(of: 0, revealing: false)

                let was = try await logs.reader.erase("ada", by: .node)
                #expect(was)
                try await logs.waitForSize(5)
                let after = try await logs.reader.lines(0..<3)
                #expect(after.map(\.name) == [nil, "bob", nil])
                #expect(after.map(\.bytes) == before.map(\.bytes))
                let keys = try await logs.reader.keys()
                let report = try await LogVerification.verify(logs.reader.tiles, keys: keys)
                #expect(report?.size == 5)

                for (proof, name) in [(shown, "ada"), (hidden, nil)] as [(InclusionProof, String?)] {
                    let read = try InclusionProof(proof.bytes)
                    let verdict = try read.verify(keys)
                    #expect(verdict.head.size == 3 && verdict.signers == keys)
                    let entry = try AuditEntry(read.entry)
                    #expect(read.person(of: entry)?.name == name)
                }
            }
        }
    }

    @Test("a proof that was altered anywhere proves nothing")
    func alteredProof() async throws {
        try await Logs.with { logs in
            try await logs.add(300)
            try await logs.withSequencers { try await logs.waitForSize(300) }
            let keys = try await logs.reader.keys()
            let good = try await logs.reader.proof(of: 77, revealing: false).bytes
            #expect(try InclusionProof(good).verify(keys).head.size == 300)
            var generator = SeededGenerator(seed: 20_261_129)
            for round in 0..<400 {
                var bytes = good
                bytes[Int.random(in: 0..<bytes.count, using: &generator)] ^=
                    1 << UInt8.random(in: 0..<7, using: &generator)
                guard let proof = try? InclusionProof(bytes), (try? proof.verify(keys)) != nil else { continue }
                // A bit that counts for nothing, as in the last letter of base64, changes nothing that is proven.
                #expect(proof.entry == (try InclusionProof(good).entry), "round \(round)")
            }
        }
    }

    @Test("a new signing key signs beside the old one")
    func rotation() async throws {
        try await Logs.with { logs in
            try await logs.withSequencers {
                try await logs.add(1)
                try await logs.waitForSize(1)
                let old = try await logs.reader.keys()
                let new = try await logs.reader.rotateSigner(by: .node)
                try await logs.waitForSize(3)
                for keys in [old, [new]] {
                    let report = try await LogVerification.verify(logs.reader.tiles, keys: keys)
                    #expect(report?.signers == keys)
                }
                let entries = try await logs.reader.lines(0..<3).compactMap(\.entry)
                #expect(entries.last?.event.facts.contains { $0.value == new.description } == true)
                // A month later only the new one does.
                let signers = try await LogSigners.load(
                    of: Logs.tenant, streams: logs.streams, now: SystemClock().now())
                let later = SystemClock().now() + .seconds(31 * 86_400)
                #expect(signers.active(at: later).map(\.verifier) == [new])
                #expect(signers.active(at: SystemClock().now()).count == 2)
            }
        }
    }

    @Test("entries that are too old are forgotten in whole tiles, and the rest still proves")
    func pruning() async throws {
        try await Logs.with { logs in
            try await logs.add(600)
            try await logs.withSequencers { try await logs.waitForSize(600) }
            let charge = try await logs.streams.leadAudit("p", for: .seconds(10))
            let done = try await logs.streams.pruneAudit(from: 0, to: 512, of: Logs.tenant, fence: charge.fence)
            #expect(done)
            let again = try await logs.streams.pruneAudit(from: 0, to: 256, of: Logs.tenant, fence: charge.fence)
            #expect(!again, "somebody else has forgotten them")
            let bounds = try await logs.reader.bounds()
            #expect(bounds.first == 512 && bounds.size == 600)
            let lines = try await logs.reader.lines(0..<600)
            #expect(lines.first?.index == 512 && lines.count == 88)
            let keys = try await logs.reader.keys()
            let report = try await LogVerification.verify(logs.reader.tiles, keys: keys, firstEntry: 512)
            #expect(report?.size == 600)
            await #expect(throws: AuditError.self) {
                try await LogVerification.verify(logs.reader.tiles, keys: keys)
            }
            let proof = try await logs.reader.proof(of: 599, revealing: false)
            #expect(try proof.verify(keys).head.size == 600)
        }
    }

    @Test("a log with too many entries is copied to the archive, and only then forgotten in Redis")
    func archive() async throws {
        try await Logs.with { logs in
            let directory = try TemporaryDirectory()
            let clock = ManualClock()
            let sequencer = AuditSequencer(
                streams: logs.streams, id: "s", logs: { [Logs.tenant] },
                retention: { AuditRetention(age: .zero, mostEntries: 300, archive: directory.path) }, clock: clock,
                logger: Logger(label: "test"))
            try await logs.add(1000)
            try await whileRunning(sequencer) {
                try await eventually("the oldest are forgotten") {
                    clock.advance(by: .seconds(61))
                    return try await logs.reader.bounds().first == 768
                }
            }
            let lines = try await logs.reader.lines(0..<1000)
            #expect(lines.count == 232)
            let keys = try await logs.reader.keys()
            let inRedis = try await LogVerification.verify(logs.reader.tiles, keys: keys, firstEntry: 768)
            #expect(inRedis?.size == 1000)
            let archive = DirectoryTiles(directory.file("acme"))
            let whole = try await LogVerification.verify(archive, keys: keys)
            #expect(whole?.size == 1000 && whole?.firstEntry == 0)
        }
    }

    @Test("a log is copied to a directory, and what is new of it later")
    func export() async throws {
        try await Logs.with { logs in
            let directory = try TemporaryDirectory()
            let copy = DirectoryTiles(directory.file("log"))
            try await logs.withSequencers {
                try await logs.add(300)
                try await logs.waitForSize(300)
                let first = try await copy.copy(logs.reader.tiles)
                try await logs.add(300)
                try await logs.waitForSize(600)
                let second = try await copy.copy(logs.reader.tiles)
                #expect(first == 300 && second == 600)
            }
            let report = try await LogVerification.verify(copy, keys: try await logs.reader.keys())
            #expect(report?.size == 600)
            let files = try #require(FileManager.default.enumerator(atPath: directory.file("log")))
            let partial = files.compactMap { $0 as? String }.filter { $0.contains(".p/") }
            #expect(
                partial.count == 3,
                "the newest tile of entries and of two levels, and none that was outgrown: \(partial)")
        }
    }

    private static func commit(before: UInt64, after: UInt64, taken: [[UInt8]] = [[1]]) -> AuditCommit {
        AuditCommit(
            before: before, after: after, taken: taken, note: [1],
            tiles: [.init(level: nil, index: 0, offset: -1, bytes: [0, 1, 7])])
    }
}
