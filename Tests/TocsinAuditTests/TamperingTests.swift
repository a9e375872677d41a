import Foundation
import Logging
import Testing
import TocsinCore
import TocsinStreams
import TocsinTesting

@testable import TocsinAudit

/// A signed log of 700 entries, as a table of ways to falsify it starts from it.
private struct Ledger {
    static let origin = "tocsin/00000000/acme"
    let key = SignerKey.generate(name: origin, kind: .note)
    var edge = TreeEdge()
    var tiles = MemoryTiles()

    init(_ count: Int) throws {
        try add((0..<count).map { Array("entry \($0)".utf8) })
    }

    mutating func add(_ entries: [[UInt8]]) throws {
        tiles.add(edge.add(entries))
        tiles.head = try sign(edge.size, edge.root)
    }

    func sign(_ size: UInt64, _ root: TreeHash) throws -> [UInt8] {
        try SignedNote(
            Checkpoint(origin: Self.origin, size: size, root: root).text, signers: [key], now: .epoch
        ).bytes
    }

    func verdict(_ tiles: MemoryTiles, older: [[UInt8]] = []) async -> String {
        do {
            let report = try await LogVerification.verify(tiles, keys: [key.verifier], older: older)
            return report.map { "good \($0.size)" } ?? "empty"
        } catch let error as AuditError { return error.code } catch { return "\(error)" }
    }
}

@Suite("Falsified audit logs", .timeLimit(.minutes(8)))
struct TamperingTests {
    private static let bundle = TileName(level: nil, index: 1)
    private static let hashes = TileName(level: 0, index: 1)

    @Test("a log that nobody has touched is good, with all that was seen of it before")
    func good() async throws {
        var ledger = try Ledger(300)
        let seen = try #require(ledger.tiles.head)
        try ledger.add((300..<700).map { Array("entry \($0)".utf8) })
        let verdict = await ledger.verdict(ledger.tiles, older: [seen])
        #expect(verdict == "good 700")
    }

    @Test("a flipped bit of an entry, of a hash, of a signature or of a head is found")
    func flippedBit() async throws {
        let ledger = try Ledger(700)
        let seed: UInt64 = 61
        var generator = SeededGenerator(seed: seed)
        for name in ledger.tiles.files.keys.sorted(by: { $0.path < $1.path }) {
            for _ in 0..<20 {
                var tiles = ledger.tiles
                let count = tiles.files[name]?.count ?? 1
                tiles.files[name]?[Int.random(in: 0..<count, using: &generator)] ^=
                    1 << UInt8.random(in: 0..<8, using: &generator)
                let verdict = await ledger.verdict(tiles)
                #expect(!verdict.hasPrefix("good"), "a bit of \(name.path), seed \(seed)")
            }
        }
        let head = try #require(ledger.tiles.head)
        for place in head.indices where head[place] != 0x0A {
            var tiles = ledger.tiles
            tiles.head?[place] ^= 1
            let verdict = await ledger.verdict(tiles)
            // The last letter of base64 has bits that count for nothing.
            #expect(!verdict.hasPrefix("good") || place >= head.count - 5, "byte \(place) of the head")
        }
    }

    @Test("a tail that was cut off is found, and so is an older state that was put back whole")
    func tail() async throws {
        var ledger = try Ledger(650)
        let older = ledger.tiles
        try ledger.add((650..<700).map { Array("entry \($0)".utf8) })
        let newest = try #require(ledger.tiles.head)
        var cut = ledger.tiles
        cut.files[TileName(level: nil, index: 2)] = older.files[TileName(level: nil, index: 2)]
        let entriesGone = await ledger.verdict(cut)
        #expect(entriesGone == "audit_tile_missing")
        cut.files[TileName(level: 0, index: 2)] = older.files[TileName(level: 0, index: 2)]
        let hashesGone = await ledger.verdict(cut)
        #expect(hashesGone == "audit_tile_missing")
        let alone = await ledger.verdict(older)
        #expect(alone == "good 650", "an older state is consistent with itself")
        let rolledBack = await ledger.verdict(older, older: [newest])
        #expect(rolledBack == "audit_rolled_back")
        var cosigned = older
        cosigned.cosignatures = ["w1": newest]
        let witnessed = await ledger.verdict(cosigned)
        #expect(witnessed == "audit_rolled_back")
        let nothing = await ledger.verdict(MemoryTiles(), older: [newest])
        #expect(nothing == "audit_rolled_back")
    }

    @Test("two entries that were exchanged are found, even with their hashes")
    func reorder() async throws {
        let ledger = try Ledger(700)
        var tiles = ledger.tiles
        var entries = EntryBundle.entries(of: tiles.files[Self.bundle] ?? []) ?? []
        entries.swapAt(3, 4)
        tiles.files[Self.bundle] = entries.reduce(into: []) { EntryBundle.append($1, to: &$0) }
        let exchanged = await ledger.verdict(tiles)
        #expect(exchanged == "audit_entry_differs")
        tiles.files[Self.hashes] = entries.flatMap { TreeHash.leaf($0).bytes }
        let withHashes = await ledger.verdict(tiles)
        #expect(withHashes == "audit_tile_differs")
        tiles.files[TileName(level: 1, index: 0)]?.replaceSubrange(
            32..<64, with: TreeHash.root(of: entries.map { TreeHash.leaf($0) }[...]).bytes)
        let withTree = await ledger.verdict(tiles)
        #expect(withTree == "audit_root_differs")
    }

    @Test("a second history that the log's own key has signed is found by who has seen the first")
    func fork() async throws {
        var ledger = try Ledger(600)
        let seen = try #require(ledger.tiles.head)
        ledger.edge = TreeEdge()
        ledger.tiles = MemoryTiles()
        try ledger.add((0..<700).map { Array("entry \($0 == 5 ? 500 : $0)".utf8) })
        let alone = await ledger.verdict(ledger.tiles)
        #expect(alone == "good 700")
        let compared = await ledger.verdict(ledger.tiles, older: [seen])
        #expect(compared == "audit_forked")
        var witnessed = ledger.tiles
        witnessed.cosignatures = ["w1": seen]
        let verdict = await ledger.verdict(witnessed)
        #expect(verdict == "audit_forked")
    }

    @Test("a copy takes neither an older state nor another history in the place of what it has")
    func copies() async throws {
        let directory = try TemporaryDirectory()
        let copy = DirectoryTiles(directory.file("log"))
        var ledger = try Ledger(300)
        let older = ledger.tiles
        try ledger.add((300..<700).map { Array("entry \($0)".utf8) })
        let size = try await copy.copy(ledger.tiles)
        #expect(size == 700)
        func refusal(_ tiles: MemoryTiles, first: UInt64 = 0) async throws -> String? {
            do {
                _ = try await copy.copy(tiles, first: first)
                return nil
            } catch let error as AuditError { return error.code }
        }
        #expect(try await refusal(older) == "audit_rolled_back")
        var other = ledger
        other.edge = TreeEdge()
        other.tiles = MemoryTiles()
        try other.add((0..<900).map { Array("entry \($0 == 650 ? 1 : $0)".utf8) })
        #expect(try await refusal(other.tiles) == "audit_forked")
        #expect(await ledger.verdict(ledger.tiles) == "good 700")
        let kept = try await LogVerification.verify(copy, keys: [ledger.key.verifier])
        #expect(kept?.size == 700, "what was there is whole")
        try ledger.add((700..<900).map { Array("entry \($0)".utf8) })
        #expect(try await refusal(ledger.tiles, first: 768) == "audit_copy_behind")
        // What the log has forgotten is in the copy.
        var pruned = ledger.tiles
        for index in 0..<2 as Range<UInt64> {
            pruned.files[TileName(level: nil, index: index)] = nil
            pruned.files[TileName(level: 0, index: index)] = nil
        }
        #expect(try await refusal(pruned, first: 512) == nil)
        let whole = try await LogVerification.verify(copy, keys: [ledger.key.verifier])
        #expect(whole?.size == 900 && whole?.firstEntry == 0)
        // One that was begun late says so.
        let late = DirectoryTiles(directory.file("late"))
        _ = try await late.copy(pruned, first: 512)
        let part = try await LogVerification.verify(late, keys: [ledger.key.verifier], firstEntry: 512)
        #expect(part?.size == 900 && part?.firstEntry == 512)
    }

    @Test("a head of another log, or signed by another key, is refused")
    func strangers() async throws {
        let ledger = try Ledger(10)
        let other = SignerKey.generate(name: Ledger.origin, kind: .note)
        var tiles = ledger.tiles
        tiles.head = try SignedNote(
            Checkpoint(origin: Ledger.origin, size: 10, root: ledger.edge.root).text, signers: [other], now: .epoch
        ).bytes
        let forged = await ledger.verdict(tiles)
        #expect(forged == "audit_signature_missing")
        tiles.head = try SignedNote(
            Checkpoint(origin: "tocsin/00000000/umbrella", size: 10, root: ledger.edge.root).text,
            signers: [ledger.key],
            now: .epoch
        ).bytes
        let moved = await ledger.verdict(tiles)
        #expect(moved == "audit_signature_missing")
    }

    @Test("a witness signs what it has seen, and speaks when Redis has an older state or another one")
    func witness() async throws {
        try await Logs.with { logs in
            let directory = try TemporaryDirectory()
            let troubles = Count()
            @Sendable func witness() -> AuditWitness {
                AuditWitness(
                    streams: logs.streams, name: "w1", file: directory.file("w/witness.json"), logs: { [Logs.tenant] },
                    clock: SystemClock(), logger: Logger(label: "test"), onTrouble: { troubles.increment() })
            }
            try await logs.add(10)
            try await logs.withSequencers { try await logs.waitForSize(10) }
            try await whileRunning(witness()) {
                try await eventually("it has signed") {
                    try await !logs.streams.auditCosigned(of: Logs.tenant).isEmpty
                }
            }
            let keys = try await logs.reader.keys()
            let report = try await LogVerification.verify(logs.reader.tiles, keys: keys)
            #expect(report?.witnesses == ["w1": 10])
            #expect(troubles.value == 0)
            // An older state: the same log, without what the witness has seen.
            try await logs.send("DEL", "tocsin:{s0\(logs.streams.shard(of: Logs.tenant))}:acme:audit:head")
            try await logs.add(5)
            try await whileRunning(witness()) {
                try await eventually("it has spoken") { troubles.value > 0 }
            }
        }
    }

    @Test("a witness that was away for longer than entries are kept says so, and what to do, once an hour")
    func witnessBehind() async throws {
        try await Logs.with { logs in
            let directory = try TemporaryDirectory()
            let (troubles, told) = (Count(), LogCapture())
            let clock = ManualClock()
            let witness = AuditWitness(
                streams: logs.streams, name: "w1", file: directory.file("witness.json"), logs: { [Logs.tenant] },
                clock: clock, logger: told.logger, onTrouble: { troubles.increment() })
            try await logs.add(10)
            try await logs.withSequencers { try await logs.waitForSize(10) }
            try await whileRunning(witness) {
                try await eventually("it has signed") {
                    try await !logs.streams.auditCosigned(of: Logs.tenant).isEmpty
                }
            }
            try await logs.add(600)
            try await logs.withSequencers { try await logs.waitForSize(610) }
            let charge = try await logs.streams.leadAudit("s9", for: .seconds(10))
            #expect(try await logs.streams.pruneAudit(from: 0, to: 512, of: Logs.tenant, fence: charge.fence))
            try await whileRunning(witness) {
                try await eventually("three rounds have met it") {
                    clock.advance(by: .seconds(10))
                    return troubles.value >= 3
                }
            }
            #expect(told.codes == ["audit_witness_behind"])
        }
    }

    @Test("a witness that cannot write down what it has seen signs nothing, tells of no falsified log, and signs later")
    func unwritable() async throws {
        try await Logs.with { logs in
            let directory = try TemporaryDirectory()
            let file = directory.file("witness.json")
            _ = try WitnessMemory.load(file)
            let (troubles, rounds) = (Count(), Count())
            let clock = ManualClock()
            let witness = AuditWitness(
                streams: logs.streams, name: "w1", file: file,
                logs: {
                    rounds.increment()
                    return [Logs.tenant]
                }, clock: clock, logger: Logger(label: "test"), onTrouble: { troubles.increment() })
            try await logs.add(10)
            try await logs.withSequencers { try await logs.waitForSize(10) }
            // In the way of the file that is to take the old one's place.
            try FileManager.default.createDirectory(atPath: file + ".new", withIntermediateDirectories: false)
            try await whileRunning(witness) {
                try await eventually("a second round begins") {
                    clock.advance(by: .seconds(10))
                    return rounds.value > 1
                }
                #expect(try await logs.streams.auditCosigned(of: Logs.tenant).isEmpty)
                #expect(troubles.value == 0)
                try FileManager.default.removeItem(atPath: file + ".new")
                try await eventually("it has signed") {
                    clock.advance(by: .seconds(10))
                    return try await !logs.streams.auditCosigned(of: Logs.tenant).isEmpty
                }
                #expect(troubles.value == 0)
            }
        }
    }
}
