import Crypto
import Testing
import TocsinCore

@testable import TocsinSealing

/// Bytes made once, by another implementation (Python's `cryptography`) from the layouts in the doc comments.
///
/// Stored records look like this: a change that breaks one of these tests makes them unreadable.
@Suite struct GoldenTests {
    static let envelopes: [(SealingAlgorithm, String)] = [
        (
            .aes256GCM,
            "e301000000073d5146ed2888b764844f50ce5f7f6c01a0a1a2a3a4a5a6a7a8a9aaab9d3a1d4120b976d10308e2f13d5887b1"
                + "1cc83c7eb0cac850295f66019a1e61f19456a451dc18"
        ),
        (
            .chacha20Poly1305,
            "e302000000073d5146ed2888b764844f50ce5f7f6c01a0a1a2a3a4a5a6a7a8a9aaab778919332894b6c3c1629636c6d8ba94"
                + "f13ab6d16117a6dfcb4eb329c6682a55263f90c9d7a8"
        ),
    ]

    @Test(arguments: envelopes) func envelope(algorithm: SealingAlgorithm, hex: String) throws {
        let key = key(7, algorithm, secret: Array(0..<32))
        let sealer = Sealer(ring: KeyRing(tenant: try tenant("acme"), key: key))
        let plaintext = Array(#"{"alertname":"Golden"}"#.utf8)
        #expect(try sealer.open(bytes(hex), shard: 7, purpose: .group, context: "g-1") == plaintext)
        let sealed = try sealer.seal(
            plaintext, shard: 7, purpose: .group, context: Array("g-1".utf8), nonce: nonce(Array(0xA0..<0xAC)))
        #expect(Hexadecimal.encode(sealed) == hex)
    }

    @Test func wrappedKey() throws {
        let root = RootKey(bytes: Array(1...32))
        #expect(root.id == "61c73cd0")
        let wrapped = try bytes(
            "e202000000030000019ab697e87b61c73cd0b0b1b2b3b4b5b6b7b8b9babbb49c04ddab40047bdf7534ff8387253cf480ea2651f43264e0"
                + "5c46ccba1d7c47aca109a5c0dd35cbed79ccdd818798f2")
        let key = try root.unwrap(wrapped, tenant: tenant("acme"))
        #expect(key.version == 3)
        #expect(key.algorithm == .chacha20Poly1305)
        #expect(key.createdAt == Timestamp(milliseconds: 1_764_000_000_123))
        #expect(key.secret.bytes == Array(0..<32))
    }

    @Test func indexHash() throws {
        let index = RootKey(bytes: Array(1...32)).indexKey(for: try tenant("acme"))
        #expect(index.hashHex(label: "group", parts: ["ab", "c"]) == "dd0d3c5ab3e1799fd4861a3c0d4eaf05")
    }

    /// The words and numbers that are part of stored records.
    @Test func storedWords() {
        let purposes: [SealingPurpose] = [.alerts, .alert, .group, .log, .delivery, .deadLetter, .token]
        let words = ["alerts", "alert", "group", "log", "delivery", "dead-letter", "token"]
        #expect(purposes.map(\.word) == words)
        #expect(SealingAlgorithm.allCases.map(\.byte) == [1, 2])
        #expect(SealingAlgorithm.allCases.map(\.rawValue) == ["aes-256-gcm", "chacha20-poly1305"])
    }
}
