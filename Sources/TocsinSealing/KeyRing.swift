public import TocsinCore

/// A tenant's data keys by version.
///
/// One version seals, the highest unless it is said which; all of them open what they sealed.
public struct KeyRing: Sendable {
    /// Whose keys these are.
    public let tenant: TenantID
    private var keys: [UInt32: DataKey]
    /// The key that seals.
    public private(set) var current: DataKey

    /// A ring of one key.
    public init(tenant: TenantID, key: DataKey) {
        self.tenant = tenant
        keys = [key.version: key]
        current = key
    }

    /// A ring of all these keys, in any order.
    ///
    /// - Parameter sealing: The version that seals, while a newer key is only being handed out; `nil` for the highest, which
    ///   also seals if the ring does not have the version.
    public init(tenant: TenantID, keys: [DataKey], sealing: UInt32? = nil) throws(SealingError) {
        guard let first = keys.first else {
            throw SealingError(
                code: SealingError.keyRingEmpty, message: "tenant \(tenant) has no data key, so nothing can be sealed")
        }
        self.init(tenant: tenant, key: first)
        for key in keys.dropFirst() { try add(key) }
        if let chosen = sealing.flatMap({ self.keys[$0] }) { current = chosen }
    }

    /// The version of the key that seals.
    public var currentVersion: UInt32 { current.version }

    /// All versions, lowest first.
    public var versions: [UInt32] { keys.keys.sorted() }

    /// The key of one version, if the ring has it.
    public func key(_ version: UInt32) -> DataKey? { keys[version] }

    /// Adds a key, which becomes the current one if its version is the highest.
    ///
    /// A second, different key of a known version is refused: whichever of the two won, records of the other would be
    /// lost.
    public mutating func add(_ key: DataKey) throws(SealingError) {
        if let known = keys[key.version], !known.isSame(as: key) {
            throw SealingError(
                code: SealingError.keyRingConflict,
                message: "tenant \(tenant) already has another data key of version \(key.version): two rotations ran "
                    + "at once; load the ring again and rotate to the next version")
        }
        keys[key.version] = key
        if key.version > current.version { current = key }
    }

    /// This ring with one more key.
    public func adding(_ key: DataKey) throws(SealingError) -> KeyRing {
        var ring = self
        try ring.add(key)
        return ring
    }
}
