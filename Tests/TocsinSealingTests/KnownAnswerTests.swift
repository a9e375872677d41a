import Crypto
import Testing
import TocsinCore

@testable import TocsinSealing

/// Published vectors, through the functions that seal.
@Suite struct KnownAnswerTests {
    struct Vector: Sendable {
        let name: String
        let algorithm: SealingAlgorithm
        let key: String
        let nonce: String
        let plaintext: String
        let associated: String
        let sealed: String
    }

    static let vectors = [
        Vector(
            name: "McGrew & Viega, GCM test case 14", algorithm: .aes256GCM,
            key: "0000000000000000000000000000000000000000000000000000000000000000", nonce: "000000000000000000000000",
            plaintext: "00000000000000000000000000000000", associated: "",
            sealed: "cea7403d4d606b6e074ec5d3baf39d18d0d1c8a799996bf0265b98b5d48ab919"),
        Vector(
            name: "McGrew & Viega, GCM test case 16", algorithm: .aes256GCM,
            key: "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308", nonce: "cafebabefacedbaddecaf888",
            plaintext: "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                + "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
            associated: "feedfacedeadbeeffeedfacedeadbeefabaddad2",
            sealed: "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                + "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f66276fc6ece0f4e1768cddf8853bb2d551b"),
        Vector(
            name: "RFC 8439, 2.8.2", algorithm: .chacha20Poly1305,
            key: "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f", nonce: "070000004041424344454647",
            plaintext: Hexadecimal.encode(
                "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."
                    .utf8),
            associated: "50515253c0c1c2c3c4c5c6c7",
            sealed: "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d63dbea45e8ca9671282fafb69da92728b"
                + "1a71de0a9e060b2905d6a5b67ecd3b3692ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
                + "3ff4def08e4b7a9de576d26586cec64b61161ae10b594f09e26a7e902ecbd0600691"),
    ]

    @Test(arguments: vectors) func cipher(_ vector: Vector) throws {
        let key = SymmetricKey(data: try bytes(vector.key))
        let plaintext = try bytes(vector.plaintext)
        let associated = try bytes(vector.associated)
        let expected = try bytes(vector.nonce) + bytes(vector.sealed)
        let sealed = try AuthenticatedCipher.seal(
            plaintext, key: key, algorithm: vector.algorithm, nonce: nonce(bytes(vector.nonce)),
            authenticating: associated)
        #expect(Array(sealed) == expected, "\(vector.name)")
        let opened = AuthenticatedCipher.open(
            expected[...], key: key, algorithm: vector.algorithm, authenticating: associated)
        #expect(opened == plaintext, "\(vector.name)")
    }

    /// RFC 5869, appendix A, test cases 1 and 3.
    @Test func derivation() throws {
        let secret = SymmetricKey(data: [UInt8](repeating: 0x0B, count: 22))
        let first = KeyDerivation.derive(
            secret, salt: try bytes("000102030405060708090a0b0c"), info: try bytes("f0f1f2f3f4f5f6f7f8f9"), count: 42)
        #expect(
            Hexadecimal.encode(first.bytes)
                == "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865")
        let third = KeyDerivation.derive(secret, salt: [], info: [], count: 42)
        #expect(
            Hexadecimal.encode(third.bytes)
                == "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8")
    }
}
