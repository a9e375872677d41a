import Crypto

#if canImport(FoundationEssentials)
    import FoundationEssentials
#else
    import Foundation
#endif

/// The two ciphers behind one pair of functions: bytes in, `nonce ‖ ciphertext ‖ tag` out, and back.
///
/// The nonce is an argument so that published vectors can be run through the very code that seals.
enum AuthenticatedCipher {
    static let tagSize = 16

    static func seal(
        _ plaintext: some DataProtocol, key: SymmetricKey, algorithm: SealingAlgorithm, nonce: SealingNonce,
        authenticating associated: [UInt8]
    ) throws -> Data {
        switch algorithm {
        case .aes256GCM:
            let nonce = try nonce.withBytes { try AES.GCM.Nonce(data: $0) }
            let box = try AES.GCM.seal(plaintext, using: key, nonce: nonce, authenticating: associated)
            guard let combined = box.combined else { throw CryptoKitError.incorrectParameterSize }
            return combined
        case .chacha20Poly1305:
            let nonce = try nonce.withBytes { try ChaChaPoly.Nonce(data: $0) }
            return try ChaChaPoly.seal(plaintext, using: key, nonce: nonce, authenticating: associated).combined
        }
    }

    /// Answers `nil` if the tag does not match: the bytes, the associated data or the key are not the ones sealed.
    static func open(
        _ combined: ArraySlice<UInt8>, key: SymmetricKey, algorithm: SealingAlgorithm,
        authenticating associated: [UInt8]
    ) -> [UInt8]? {
        switch algorithm {
        case .aes256GCM:
            guard let box = try? AES.GCM.SealedBox(combined: combined),
                let plaintext = try? AES.GCM.open(box, using: key, authenticating: associated)
            else { return nil }
            return [UInt8](plaintext)
        case .chacha20Poly1305:
            guard let box = try? ChaChaPoly.SealedBox(combined: combined),
                let plaintext = try? ChaChaPoly.open(box, using: key, authenticating: associated)
            else { return nil }
            return [UInt8](plaintext)
        }
    }
}
