import TocsinCore

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// Seals and opens the records of one tenant.
///
/// A record opens only with the tenant, shard, purpose and context it was sealed for; moved anywhere else, or changed in
/// any bit, it is refused.
public struct Sealer: Sendable {
    /// What sealing adds to a record, in bytes.
    public static let overhead = SealedEnvelope.overhead

    /// The keys in use.
    public let ring: KeyRing

    /// A sealer that seals with the ring's current key and opens with any of its keys.
    public init(ring: KeyRing) { self.ring = ring }

    /// Seals a record with the current key.
    ///
    /// - Parameter context: More that the record is bound to, such as a group's id. It is not stored.
    public func seal(
        _ plaintext: [UInt8], shard: Int, purpose: SealingPurpose, context: [UInt8] = []
    ) throws(SealingError) -> [UInt8] {
        try seal(plaintext, shard: shard, purpose: purpose, context: context, nonce: NonceSource.shared.draw())
    }

    /// Seals a record with the current key, without an array of its own for the plaintext.
    public func seal(
        _ plaintext: UnsafeRawBufferPointer, shard: Int, purpose: SealingPurpose, context: [UInt8] = []
    ) throws(SealingError) -> [UInt8] {
        try seal(plaintext, shard: shard, purpose: purpose, context: context, nonce: NonceSource.shared.draw())
    }

    /// Seals a record with the current key, bound to a text as well.
    public func seal(
        _ plaintext: [UInt8], shard: Int, purpose: SealingPurpose, context: String
    ) throws(SealingError) -> [UInt8] {
        try seal(plaintext, shard: shard, purpose: purpose, context: Array(context.utf8))
    }

    /// Opens a record that ``seal(_:shard:purpose:context:)`` made with the same shard, purpose and context.
    public func open(
        _ sealed: [UInt8], shard: Int, purpose: SealingPurpose, context: [UInt8] = []
    ) throws(SealingError) -> [UInt8] {
        let header = try SealedEnvelope.readHeader(sealed)
        guard let key = ring.key(header.version) else { throw unknownKey(header.version) }
        let associated = SealedEnvelope.associatedData(
            for: key, tenant: ring.tenant, shard: shard, purpose: purpose, context: context)
        guard header.algorithm == key.algorithm, header.commitment.elementsEqual(key.commitment),
            let plaintext = AuthenticatedCipher.open(
                sealed[SealedEnvelope.headerSize...], key: key.secret, algorithm: key.algorithm,
                authenticating: associated)
        else { throw refused(header.version, shard: shard, purpose: purpose) }
        return plaintext
    }

    /// Opens a record that was bound to a text.
    public func open(
        _ sealed: [UInt8], shard: Int, purpose: SealingPurpose, context: String
    ) throws(SealingError) -> [UInt8] {
        try open(sealed, shard: shard, purpose: purpose, context: Array(context.utf8))
    }

    /// The version of the key that sealed a record, which needs no key to tell.
    public static func keyVersion(of sealed: [UInt8]) throws(SealingError) -> UInt32 {
        try SealedEnvelope.readHeader(sealed).version
    }

    /// How many records this process sealed with a version of this ring's keys; 0 for one it does not have.
    public func sealsSinceStart(version: UInt32) -> UInt64 { ring.key(version)?.sealsSinceStart ?? 0 }
}

extension Sealer {
    func seal(
        _ plaintext: some DataProtocol, shard: Int, purpose: SealingPurpose, context: [UInt8], nonce: SealingNonce
    ) throws(SealingError) -> [UInt8] {
        let key = ring.current
        let associated = SealedEnvelope.associatedData(
            for: key, tenant: ring.tenant, shard: shard, purpose: purpose, context: context)
        guard
            let combined = try? AuthenticatedCipher.seal(
                plaintext, key: key.secret, algorithm: key.algorithm, nonce: nonce, authenticating: associated)
        else {
            throw SealingError(
                code: SealingError.sealingFailed,
                message: "a record of \(plaintext.count) bytes of tenant \(ring.tenant) could not be sealed with "
                    + "\(key.algorithm.rawValue); the cryptographic library refused it")
        }
        key.counter.increment()
        var sealed: [UInt8] = []
        sealed.reserveCapacity(SealedEnvelope.headerSize + combined.count)
        SealedEnvelope.appendHeader(for: key, to: &sealed)
        combined.withUnsafeBytes { sealed.append(contentsOf: $0) }
        return sealed
    }

    private func unknownKey(_ version: UInt32) -> SealingError {
        SealingError(
            code: SealingError.recordUnknownKey,
            message: "a record of tenant \(ring.tenant) was sealed with data key \(version), and the ring has "
                + "\(ring.versions.map(String.init).joined(separator: ", ")): load the ring again; if the key is still "
                + "missing, it was removed while records needed it")
    }

    private func refused(_ version: UInt32, shard: Int, purpose: SealingPurpose) -> SealingError {
        SealingError(
            code: SealingError.recordRefused,
            message: "a record that should belong to tenant \(ring.tenant), shard \(shard), purpose \(purpose), sealed "
                + "with data key \(version), does not authenticate: it was altered, or moved here from elsewhere")
    }
}
