/// The keys that a tenant's masking needs.
public struct MaskingKeys: Sendable {
    /// For hashes.
    public var index: IndexKey
    /// For what is encrypted, by subject; a find whose key is not here is redacted.
    public var subjects: [String: [UInt8]]

    /// The keys of a tenant.
    public init(index: IndexKey, subjects: [String: [UInt8]] = [:]) {
        self.index = index
        self.subjects = subjects
    }
}
