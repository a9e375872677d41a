import Testing
import TocsinCore

@testable import TocsinSealing

@Suite struct RootKeyTests {
    @Test(arguments: SealingAlgorithm.allCases) func wrappedKeysComeBack(_ algorithm: SealingAlgorithm) throws {
        let root = RootKey.generate()
        let acme = try tenant("acme")
        let key = DataKey.generate(version: .max, algorithm: algorithm, createdAt: Timestamp(milliseconds: -5))
        let wrapped = root.wrap(key, tenant: acme)
        let back = try root.unwrap(wrapped, tenant: acme)
        #expect(back.isSame(as: key))
        #expect(back.createdAt == key.createdAt)
        #expect(root.wrap(key, tenant: acme) != wrapped)
    }

    @Test func wrongRootKeyIsNamed() throws {
        let acme = try tenant("acme")
        let right = RootKey(bytes: Array(1...32))
        let wrong = RootKey(bytes: Array(2...33))
        let wrapped = right.wrap(.generate(version: 3, algorithm: .aes256GCM, createdAt: .epoch), tenant: acme)
        let error = #expect(throws: SealingError.self) { try wrong.unwrap(wrapped, tenant: acme) }
        #expect(error?.code == SealingError.rootKeyMismatch)
        #expect(error?.message.contains("wrapped by root key \(right.id)") == true)
        #expect(error?.message.contains("has root key \(wrong.id)") == true)
    }

    @Test func refusesAlteredOrMovedKeys() throws {
        let acme = try tenant("acme")
        let root = RootKey.generate()
        let wrapped = root.wrap(.generate(version: 3, algorithm: .aes256GCM, createdAt: .epoch), tenant: acme)
        #expect(code { _ = try root.unwrap(wrapped, tenant: tenant("other")) } == SealingError.dataKeyRefused)
        for bit in 0..<wrapped.count * 8 {
            var altered = wrapped
            altered[bit / 8] ^= 1 << (bit % 8)
            #expect(code { _ = try root.unwrap(altered, tenant: acme) } != nil, "bit \(bit)")
        }
        for length in 0..<wrapped.count {
            let short = Array(wrapped.prefix(length))
            #expect(code { _ = try root.unwrap(short, tenant: acme) } == SealingError.dataKeyMalformed)
        }
    }

    @Test func survivesGarbage() throws {
        var generator = SeededGenerator(seed: 21)
        let root = RootKey.generate()
        let acme = try tenant("acme")
        for _ in 0..<2000 {
            let garbage = generator.bytes(Int.random(in: 0...100, using: &generator))
            #expect(code { _ = try root.unwrap(garbage, tenant: acme) } == SealingError.dataKeyMalformed)
        }
    }

    @Test func indexHashesDifferInEveryPart() throws {
        let root = RootKey.generate()
        let acme = root.indexKey(for: try tenant("acme"))
        let other = root.indexKey(for: try tenant("other"))
        let hashes = [
            acme.hashHex(label: "group", parts: ["ab", "c"]),
            acme.hashHex(label: "group", parts: ["a", "bc"]),
            acme.hashHex(label: "group", parts: ["abc"]),
            acme.hashHex(label: "group", parts: ["abc", ""]),
            acme.hashHex(label: "group", parts: [] as [String]),
            acme.hashHex(label: "groupa", parts: ["b", "c"]),
            acme.hashHex(label: "alert", parts: ["ab", "c"]),
            other.hashHex(label: "group", parts: ["ab", "c"]),
            RootKey.generate().indexKey(for: try tenant("acme")).hashHex(label: "group", parts: ["ab", "c"]),
        ]
        #expect(Set(hashes).count == hashes.count)
        #expect(hashes.allSatisfy { $0.utf8.count == 32 })
        #expect(hashes[0] == acme.hashHex(label: "group", parts: [Array("ab".utf8), Array("c".utf8)]))
    }

    /// Whatever prints, interpolates or dumps a value that holds a key shows nothing of the key.
    @Test func secretsAreNeverPrinted() throws {
        let secret: [UInt8] = Array(200..<232)
        let root = RootKey(bytes: secret)
        let acme = try tenant("acme")
        let key = key(1, .aes256GCM, secret: secret)
        let ring = KeyRing(tenant: acme, key: key)
        let values: [any Sendable] = [
            root, key, ring, Sealer(ring: ring), root.indexKey(for: acme), [key], [acme: key],
        ]
        for value in values {
            var dumped = ""
            dump(value, to: &dumped)
            for text in [dumped, "\(value)", String(reflecting: value)] {
                #expect(!text.contains(Hexadecimal.encode(secret.prefix(4))))
                #expect(!text.contains("200") && !text.contains("SymmetricKey") && !text.contains("SecureBytes"))
            }
        }
        #expect("\(root)" == "RootKey(\(root.id))")
        #expect("\(key)" == "DataKey(version 1, aes-256-gcm)")
    }
}
