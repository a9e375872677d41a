import Testing
import TocsinCore

@testable import TocsinSealing

@Suite struct KeyRingTests {
    @Test func oldRecordsOpenAfterRotation() throws {
        var ring = KeyRing(tenant: try tenant("acme"), key: key(1, .aes256GCM, secret: Array(0..<32)))
        let first = try Sealer(ring: ring).seal([1], shard: 0, purpose: .group)
        try ring.add(.generate(version: 2, algorithm: .chacha20Poly1305, createdAt: .epoch))
        let second = try Sealer(ring: ring).seal([2], shard: 0, purpose: .group)
        try ring.add(.generate(version: 3, algorithm: .aes256GCM, createdAt: .epoch))
        let third = try Sealer(ring: ring).seal([3], shard: 0, purpose: .group)
        let sealer = Sealer(ring: ring)
        #expect(try [first, second, third].map { try Sealer.keyVersion(of: $0) } == [1, 2, 3])
        #expect(
            try [first, second, third].map { try sealer.open($0, shard: 0, purpose: .group) } == [[1], [2], [3]])
        #expect(ring.versions == [1, 2, 3])
    }

    @Test func highestVersionSeals() throws {
        let keys = [4, 9, 2].map { DataKey.generate(version: $0, algorithm: .aes256GCM, createdAt: .epoch) }
        let ring = try KeyRing(tenant: tenant("acme"), keys: keys)
        #expect(ring.currentVersion == 9)
        #expect(ring.key(2)?.version == 2)
        #expect(ring.key(3) == nil)
    }

    @Test func refusesTwoKeysOfOneVersion() throws {
        let known = key(1, .aes256GCM, secret: Array(0..<32))
        var ring = KeyRing(tenant: try tenant("acme"), key: known)
        try ring.add(known)
        let other = DataKey.generate(version: 1, algorithm: .aes256GCM, createdAt: .epoch)
        #expect(code { try ring.add(other) } == SealingError.keyRingConflict)
        #expect(ring.current.isSame(as: known))
        #expect(code { _ = try KeyRing(tenant: tenant("acme"), keys: []) } == SealingError.keyRingEmpty)
    }

    @Test func countsSealsOfAKeyOverItsCopies() throws {
        let root = RootKey.generate()
        let acme = try tenant("acme")
        let key = DataKey.generate(version: 5, algorithm: .aes256GCM, createdAt: .epoch)
        let copy = try root.unwrap(root.wrap(key, tenant: acme), tenant: acme)
        let first = Sealer(ring: KeyRing(tenant: acme, key: key))
        let second = Sealer(ring: KeyRing(tenant: acme, key: copy))
        for _ in 0..<3 { _ = try first.seal([], shard: 0, purpose: .log) }
        for _ in 0..<4 { _ = try second.seal([], shard: 0, purpose: .log) }
        #expect(first.sealsSinceStart(version: 5) == 7)
        #expect(copy.sealsSinceStart == 7)
        #expect(first.sealsSinceStart(version: 6) == 0)
    }

    @Test func aKeyThatIsOnlyHandedOutDoesNotSealYet() throws {
        let tenant = try #require(TenantID("acme"))
        let keys = [1, 2, 3].map {
            DataKey.generate(version: $0, algorithm: .aes256GCM, createdAt: .epoch)
        }
        for (sealing, expected) in [(nil, 3), (3, 3), (2, 2), (1, 1), (9, 3)] as [(UInt32?, UInt32)] {
            let ring = try KeyRing(tenant: tenant, keys: keys, sealing: sealing)
            #expect(ring.currentVersion == expected && ring.versions == [1, 2, 3])
            let sealed = try Sealer(ring: ring).seal([7], shard: 0, purpose: .alerts)
            #expect(try Sealer.keyVersion(of: sealed) == expected)
            #expect(
                try Sealer(ring: try KeyRing(tenant: tenant, keys: keys)).open(sealed, shard: 0, purpose: .alerts) == [
                    7
                ])
        }
    }
}
