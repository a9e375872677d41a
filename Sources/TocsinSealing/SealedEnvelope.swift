import TocsinCore

/// The layout of a sealed record.
///
///     format 1 = 0xE3 ‖ algorithm 1 ‖ key version 4 ‖ commitment 16 ‖ nonce 12 ‖ ciphertext ‖ tag 16
///
/// The commitment is a hash of the key. Without it a record could be made that two keys open to different texts, because
/// neither cipher binds its key (Albertini et al., USENIX Security 2022).
///
/// The associated data repeats what stands before the commitment and adds what the record may not be moved from:
///
///     format 1 ‖ algorithm 1 ‖ key version 4 ‖ tenant ‖ shard 8 ‖ purpose ‖ context
///
/// Integers are in network order; tenant, purpose and context are each preceded by their length in four bytes.
enum SealedEnvelope {
    static let format: UInt8 = 0xE3
    /// What stands before the commitment.
    static let prefixSize = 6
    static let commitmentSize = 16
    static let headerSize = prefixSize + commitmentSize
    /// What sealing adds to a plaintext.
    static let overhead = headerSize + SealingNonce.size + AuthenticatedCipher.tagSize

    struct Header {
        let algorithm: SealingAlgorithm
        let version: UInt32
        let commitment: ArraySlice<UInt8>
    }

    static func readHeader(_ sealed: [UInt8]) throws(SealingError) -> Header {
        guard sealed.count >= overhead else {
            throw malformed("it has \(sealed.count) bytes, and \(overhead) are the least")
        }
        guard sealed[0] == format else {
            throw malformed("its first byte is \(Hexadecimal.encode(sealed.prefix(1))), not that of a known format")
        }
        guard let algorithm = SealingAlgorithm(byte: sealed[1]) else {
            throw malformed("its cipher, number \(sealed[1]), is unknown to this version of Tocsin")
        }
        return Header(
            algorithm: algorithm, version: sealed.bigEndian(at: 2, as: UInt32.self),
            commitment: sealed[prefixSize..<headerSize])
    }

    static func appendHeader(for key: DataKey, to bytes: inout [UInt8]) {
        appendPrefix(algorithm: key.algorithm, version: key.version, to: &bytes)
        bytes.append(contentsOf: key.commitment)
    }

    private static func appendPrefix(algorithm: SealingAlgorithm, version: UInt32, to bytes: inout [UInt8]) {
        bytes.append(format)
        bytes.append(algorithm.byte)
        bytes.append(bigEndian: version)
    }

    static func associatedData(
        for key: DataKey, tenant: TenantID, shard: Int, purpose: SealingPurpose, context: [UInt8]
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(prefixSize + 20 + tenant.name.utf8.count + purpose.word.utf8.count + context.count)
        appendPrefix(algorithm: key.algorithm, version: key.version, to: &bytes)
        bytes.append(lengthPrefixed: tenant.name.utf8)
        bytes.append(bigEndian: Int64(shard))
        bytes.append(lengthPrefixed: purpose.word.utf8)
        bytes.append(lengthPrefixed: context)
        return bytes
    }

    private static func malformed(_ reason: String) -> SealingError {
        SealingError(code: SealingError.recordMalformed, message: "this is no sealed record: \(reason)")
    }
}
