import Crypto
import Testing
import TocsinCore

@testable import TocsinSealing

/// A seeded generator (SplitMix64), so that a failing property can be run again.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &self) }
    }
}

func bytes(_ hex: String) throws -> [UInt8] { try #require(Hexadecimal.decode(hex), "not hexadecimal: \(hex)") }

func tenant(_ name: String) throws -> TenantID { try #require(TenantID(name), "no tenant id: \(name)") }

func nonce(_ bytes: [UInt8]) throws -> SealingNonce {
    try #require(bytes.count == SealingNonce.size)
    return bytes.withUnsafeBytes { SealingNonce($0) }
}

func key(_ version: UInt32, _ algorithm: SealingAlgorithm, secret: [UInt8]) -> DataKey {
    DataKey(version: version, algorithm: algorithm, createdAt: .epoch, secret: SymmetricKey(data: secret))
}

func sealer(_ name: String = "acme", _ algorithm: SealingAlgorithm = .aes256GCM) throws -> Sealer {
    Sealer(ring: KeyRing(tenant: try tenant(name), key: key(1, algorithm, secret: Array(64..<96))))
}

/// The code of the `SealingError` that `body` throws, or `nil` if it throws none.
func code(_ body: () throws -> Void) -> String? {
    do {
        try body()
        return nil
    } catch let error as SealingError {
        return error.code
    } catch {
        return "\(error)"
    }
}
