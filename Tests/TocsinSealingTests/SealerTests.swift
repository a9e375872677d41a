import Testing
import TocsinCore

@testable import TocsinSealing

@Suite struct SealerTests {
    @Test(arguments: SealingAlgorithm.allCases) func opensWhatItSealed(_ algorithm: SealingAlgorithm) throws {
        let sealer = try sealer("acme", algorithm)
        var generator = SeededGenerator(seed: 1)
        for size in [0, 1, 15, 16, 17, 700, 65_537] {
            let plaintext = generator.bytes(size)
            let sealed = try sealer.seal(plaintext, shard: 3, purpose: .alerts)
            #expect(sealed.count == size + Sealer.overhead)
            #expect(try sealer.open(sealed, shard: 3, purpose: .alerts) == plaintext)
            let fromBuffer = try plaintext.withUnsafeBytes { try sealer.seal($0, shard: 3, purpose: .alerts) }
            #expect(try sealer.open(fromBuffer, shard: 3, purpose: .alerts) == plaintext)
            #expect(sealed != fromBuffer, "two seals of one record had one nonce")
        }
    }

    @Test func textAndByteContextsAreOne() throws {
        let sealer = try sealer()
        let sealed = try sealer.seal([1], shard: 0, purpose: .log, context: "é")
        #expect(try sealer.open(sealed, shard: 0, purpose: .log, context: [0xC3, 0xA9]) == [1])
        #expect(try sealer.open(sealer.seal([2], shard: 0, purpose: .log), shard: 0, purpose: .log, context: "") == [2])
    }

    @Test(arguments: SealingAlgorithm.allCases) func refusesWhatWasMoved(_ algorithm: SealingAlgorithm) throws {
        // The same secret in both tenants' rings, so that only the associated data can tell them apart.
        let here = try sealer("acme", algorithm)
        let there = try sealer("acme2", algorithm)
        let sealed = try here.seal([1, 2, 3], shard: 1, purpose: .alert, context: "g")
        let refused = SealingError.recordRefused
        #expect(code { _ = try here.open(sealed, shard: 1, purpose: .alert, context: "g") } == nil)
        #expect(code { _ = try there.open(sealed, shard: 1, purpose: .alert, context: "g") } == refused)
        for shard in [0, 2, -1, 257, Int.max, Int.min] {
            #expect(code { _ = try here.open(sealed, shard: shard, purpose: .alert, context: "g") } == refused)
        }
        for purpose in [SealingPurpose.alerts, .group, .log, .delivery, .deadLetter, .token, SealingPurpose("")] {
            #expect(code { _ = try here.open(sealed, shard: 1, purpose: purpose, context: "g") } == refused)
        }
        for context in ["", "G", "g ", "gg"] {
            #expect(code { _ = try here.open(sealed, shard: 1, purpose: .alert, context: context) } == refused)
        }
        // Purpose and context must not run into each other.
        let other = SealingPurpose("alertg")
        #expect(code { _ = try here.open(sealed, shard: 1, purpose: other) } == refused)
    }

    @Test(arguments: SealingAlgorithm.allCases) func refusesEveryFlippedBit(_ algorithm: SealingAlgorithm) throws {
        let sealer = try sealer("acme", algorithm)
        let sealed = try sealer.seal(Array("a record of some length".utf8), shard: 5, purpose: .delivery)
        for bit in 0..<sealed.count * 8 {
            var altered = sealed
            altered[bit / 8] ^= 1 << (bit % 8)
            let expected =
                switch bit / 8 {
                case 0, 1: SealingError.recordMalformed
                case 2...5: SealingError.recordUnknownKey
                default: SealingError.recordRefused
                }
            let actual = code { _ = try sealer.open(altered, shard: 5, purpose: .delivery) }
            #expect(actual == expected, "bit \(bit)")
        }
    }

    @Test func refusesAnotherCipherUnderTheSameKey() throws {
        var sealed = try sealer().seal([1], shard: 0, purpose: .log)
        sealed[1] = SealingAlgorithm.chacha20Poly1305.byte
        #expect(code { _ = try sealer().open(sealed, shard: 0, purpose: .log) } == SealingError.recordRefused)
    }

    @Test func refusesEveryTruncationAndExtension() throws {
        let sealer = try sealer()
        let sealed = try sealer.seal(Array(0..<40), shard: 0, purpose: .log)
        for length in 0..<sealed.count {
            let actual = code { _ = try sealer.open(Array(sealed.prefix(length)), shard: 0, purpose: .log) }
            let expected = length < Sealer.overhead ? SealingError.recordMalformed : SealingError.recordRefused
            #expect(actual == expected, "\(length) bytes")
        }
        #expect(code { _ = try sealer.open(sealed + [0], shard: 0, purpose: .log) } == SealingError.recordRefused)
    }

    @Test(arguments: [11, 12, 13] as [UInt64]) func survivesGarbage(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let sealer = try sealer()
        for round in 0..<5000 {
            var garbage = generator.bytes(Int.random(in: 0...120, using: &generator))
            // Every other one gets past the header, so that the ciphers see garbage too.
            if round % 2 == 0, garbage.count >= 22 {
                garbage.replaceSubrange(0..<22, with: [0xE3, 1, 0, 0, 0, 1] + sealer.ring.current.commitment)
            }
            let opened = code { _ = try sealer.open(garbage, shard: 0, purpose: .log) }
            #expect(opened != nil, "seed \(seed), round \(round)")
        }
    }

    @Test func opensWithNoKeyButTheOneItCommitsTo() throws {
        // Two keys of one version, as a forger would need them; a record names its key and not only its number.
        let first = try sealer()
        let second = Sealer(
            ring: KeyRing(tenant: try tenant("acme"), key: key(1, .aes256GCM, secret: Array(100..<132))))
        #expect(first.ring.current.commitment != second.ring.current.commitment)
        var sealed = try first.seal([1, 2], shard: 0, purpose: .log)
        let own = first.ring.current.commitment
        #expect(Array(sealed[6..<22]) == own)
        sealed.replaceSubrange(6..<22, with: second.ring.current.commitment)
        for sealer in [first, second] {
            #expect(code { _ = try sealer.open(sealed, shard: 0, purpose: .log) } == SealingError.recordRefused)
        }
    }

    @Test func tellsWhichKeyIsMissing() throws {
        let old = try sealer()
        let newer = Sealer(
            ring: try old.ring.adding(.generate(version: 9, algorithm: .aes256GCM, createdAt: .epoch)))
        let sealed = try newer.seal([1], shard: 0, purpose: .log)
        #expect(try Sealer.keyVersion(of: sealed) == 9)
        let error = #expect(throws: SealingError.self) { try old.open(sealed, shard: 0, purpose: .log) }
        #expect(error?.code == SealingError.recordUnknownKey)
        #expect(error?.message.contains("tenant acme was sealed with data key 9, and the ring has 1:") == true)
        let short: [UInt8] = Array(repeating: 0xE3, count: 6)
        #expect(code { _ = try Sealer.keyVersion(of: short) } == SealingError.recordMalformed)
    }

    @Test func saysWhatWasExpected() throws {
        let sealed = try sealer().seal([1], shard: 4, purpose: .log)
        let error = #expect(throws: SealingError.self) { try sealer().open(sealed, shard: 5, purpose: .deadLetter) }
        #expect(error?.message.contains("tenant acme, shard 5, purpose dead-letter") == true)
    }
}
