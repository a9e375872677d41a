import Crypto
public import TocsinCore

/// The layout of a wrapped data key.
///
///     format 1 = 0xE2 ‖ algorithm 1 ‖ version 4 ‖ created 8 ‖ root key id 4 ‖ nonce 12 ‖ ciphertext 32 ‖ tag 16
///
/// Associated data: everything before the nonce, then the tenant with its length before it.
private enum WrappedKey {
    static let format: UInt8 = 0xE2
    static let headerSize = 18
    static let size = headerSize + SealingNonce.size + 32 + AuthenticatedCipher.tagSize

    static func associatedData(header: some Collection<UInt8>, tenant: TenantID) -> [UInt8] {
        var bytes = Array(header)
        bytes.append(lengthPrefixed: tenant.name.utf8)
        return bytes
    }
}

extension RootKey {
    /// A tenant's data key, encrypted under this root key, fit to be stored anywhere.
    public func wrap(_ key: DataKey, tenant: TenantID) -> [UInt8] {
        var wrapped: [UInt8] = []
        wrapped.reserveCapacity(WrappedKey.size)
        wrapped.append(WrappedKey.format)
        wrapped.append(key.algorithm.byte)
        wrapped.append(bigEndian: key.version)
        wrapped.append(bigEndian: key.createdAt.milliseconds)
        wrapped.append(contentsOf: Hexadecimal.decode(id) ?? [])
        let associated = WrappedKey.associatedData(header: wrapped, tenant: tenant)
        var secret = key.secret.bytes
        defer { Wiping.wipe(&secret) }
        guard
            let combined = try? AuthenticatedCipher.seal(
                secret, key: wrappingKey(for: tenant), algorithm: .aes256GCM,
                nonce: NonceSource.shared.draw(), authenticating: associated)
        else {
            // Every size here is fixed by this module, and a wrong size is the cipher's only reason to fail.
            preconditionFailure("AES-256-GCM refused a key, a nonce or a plaintext of the right size")
        }
        wrapped.append(contentsOf: combined)
        return wrapped
    }

    /// The data key that ``wrap(_:tenant:)`` encrypted for the same tenant.
    public func unwrap(_ wrapped: [UInt8], tenant: TenantID) throws(SealingError) -> DataKey {
        guard wrapped.count == WrappedKey.size, wrapped[0] == WrappedKey.format,
            let algorithm = SealingAlgorithm(byte: wrapped[1])
        else {
            throw SealingError(
                code: SealingError.dataKeyMalformed,
                message: "what is stored as a data key of tenant \(tenant) is none, or one of a newer Tocsin "
                    + "(\(wrapped.count) bytes)")
        }
        let version = wrapped.bigEndian(at: 2, as: UInt32.self)
        let wrapper = Hexadecimal.encode(wrapped[14..<WrappedKey.headerSize])
        guard wrapper == id else {
            throw SealingError(
                code: SealingError.rootKeyMismatch,
                message: "data key \(version) of tenant \(tenant) was wrapped by root key \(wrapper), and this process "
                    + "has root key \(id): start it with root key \(wrapper)")
        }
        let associated = WrappedKey.associatedData(header: wrapped.prefix(WrappedKey.headerSize), tenant: tenant)
        guard
            var secret = AuthenticatedCipher.open(
                wrapped[WrappedKey.headerSize...], key: wrappingKey(for: tenant), algorithm: .aes256GCM,
                authenticating: associated)
        else {
            throw SealingError(
                code: SealingError.dataKeyRefused,
                message: "data key \(version) of tenant \(tenant) does not authenticate: it was altered in the store, "
                    + "or belongs to another tenant")
        }
        return Wiping.using(&secret) { secret in
            DataKey(
                version: version, algorithm: algorithm,
                createdAt: Timestamp(milliseconds: wrapped.bigEndian(at: 6, as: Int64.self)),
                secret: SymmetricKey(data: secret))
        }
    }
}
