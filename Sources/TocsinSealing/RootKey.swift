import Crypto
public import TocsinCore

/// The key above all others: it wraps the tenants' data keys and keys their indexes, and seals nothing itself.
///
/// Everything is derived from it by HKDF, a key for each use and tenant. It is held for the life of the process and never
/// printed.
public struct RootKey: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The size of a root key in bytes.
    static let size = 32

    /// Eight hexadecimal digits that tell root keys apart and say nothing about them.
    public let id: String

    private let secret: SymmetricKey

    /// Takes 32 bytes that have been checked.
    init(bytes: [UInt8]) {
        secret = SymmetricKey(data: bytes)
        id = Hexadecimal.encode(KeyDerivation.derive(secret, label: "tocsin root key id", count: 4).bytes)
    }

    /// A new random root key.
    public static func generate() -> RootKey { RootKey(bytes: SymmetricKey(size: .bits256).bytes) }

    /// The root key that follows from something that all nodes of a deployment know and nobody else does.
    public static func derived(from secret: [UInt8]) -> RootKey {
        RootKey(
            bytes: KeyDerivation.derive(SymmetricKey(data: secret), label: "tocsin derived root key", count: size).bytes
        )
    }

    /// The tenant's key for hashes of contents.
    ///
    /// It depends on the root key: under a new root key the same contents have other hashes.
    public func indexKey(for tenant: TenantID) -> IndexKey {
        IndexKey(secret: KeyDerivation.derive(secret, label: "tocsin index", subject: tenant.name))
    }

    /// The key for hashes of what belongs to no tenant alone, such as the limits that a vendor sets for one address.
    public var fleetIndexKey: IndexKey {
        IndexKey(secret: KeyDerivation.derive(secret, label: "tocsin fleet index", subject: ""))
    }

    /// The key that wraps a tenant's data keys.
    func wrappingKey(for tenant: TenantID) -> SymmetricKey {
        KeyDerivation.derive(secret, label: "tocsin data key wrapping", subject: tenant.name)
    }

    /// The root key as a line of a key file.
    var fileText: [UInt8] { Array((Hexadecimal.encode(secret.bytes) + "\n").utf8) }

    /// The id, never the key.
    public var description: String { "RootKey(\(id))" }
    /// The id, never the key.
    public var debugDescription: String { description }
    /// A mirror without children.
    public var customMirror: Mirror { Mirror(self, children: [:]) }
}
