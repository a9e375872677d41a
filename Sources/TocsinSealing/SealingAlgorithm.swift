/// The cipher of a data key; a key is used with one cipher only.
public enum SealingAlgorithm: String, Sendable, CaseIterable {
    /// AES-256 in Galois/Counter Mode (NIST SP 800-38D): the faster one where the processor has AES instructions.
    case aes256GCM = "aes-256-gcm"
    /// ChaCha20-Poly1305 (RFC 8439): constant time in plain software.
    case chacha20Poly1305 = "chacha20-poly1305"

    /// The byte that stands for the cipher in stored records; never reused for another.
    var byte: UInt8 {
        switch self {
        case .aes256GCM: 1
        case .chacha20Poly1305: 2
        }
    }

    init?(byte: UInt8) {
        switch byte {
        case 1: self = .aes256GCM
        case 2: self = .chacha20Poly1305
        default: return nil
        }
    }
}
