import Crypto
public import TocsinCore

/// A key that seals a tenant's records.
///
/// Its bytes never leave this module but wrapped by a root key.
public struct DataKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// After this many seals with one key, over all processes and its whole life, it must have been replaced.
    ///
    /// NIST SP 800-38D, section 8.3, for random 96-bit nonces.
    public static let sealLimit: UInt64 = 1 << 32

    /// The key's place in its tenant's ring; the highest is the one that seals.
    public let version: UInt32
    /// The cipher the key is for.
    public let algorithm: SealingAlgorithm
    /// When the key was made.
    public let createdAt: Timestamp

    let secret: SymmetricKey
    /// A hash of the key, which every record carries that it seals.
    let commitment: [UInt8]
    let counter: SealCounter

    /// A new random key.
    public static func generate(version: UInt32, algorithm: SealingAlgorithm, createdAt: Timestamp) -> DataKey {
        DataKey(version: version, algorithm: algorithm, createdAt: createdAt, secret: SymmetricKey(size: .bits256))
    }

    init(version: UInt32, algorithm: SealingAlgorithm, createdAt: Timestamp, secret: SymmetricKey) {
        self.version = version
        self.algorithm = algorithm
        self.createdAt = createdAt
        self.secret = secret
        commitment =
            KeyDerivation.derive(
                secret, label: "tocsin data key commitment", count: SealedEnvelope.commitmentSize
            ).bytes
        let fingerprint = KeyDerivation.derive(secret, label: "tocsin data key fingerprint", count: 16)
        counter = .shared(fingerprint: fingerprint.bytes)
    }

    /// How many records this process sealed with this key, through any copy of it.
    public var sealsSinceStart: UInt64 { counter.value }

    /// Whether two values are one key.
    func isSame(as other: DataKey) -> Bool {
        version == other.version && algorithm == other.algorithm && secret == other.secret
    }

    /// Version and cipher, never the key.
    public var description: String { "DataKey(version \(version), \(algorithm.rawValue))" }
    /// Version and cipher, never the key.
    public var debugDescription: String { description }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
