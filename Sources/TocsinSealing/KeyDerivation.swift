import Crypto

/// HKDF with SHA-256 (RFC 5869).
enum KeyDerivation {
    /// A key for one use, from a secret that is itself uniformly random.
    ///
    /// `label` says the use and ends in a zero byte, so that no label with its subject equals another label.
    static func derive(_ secret: SymmetricKey, label: String, subject: String = "", count: Int = 32) -> SymmetricKey {
        derive(secret, salt: [], info: Array(label.utf8) + [0] + Array(subject.utf8), count: count)
    }

    static func derive(_ secret: SymmetricKey, salt: [UInt8], info: [UInt8], count: Int) -> SymmetricKey {
        HKDF<SHA256>.deriveKey(inputKeyMaterial: secret, salt: salt, info: info, outputByteCount: count)
    }
}

extension SymmetricKey {
    var bytes: [UInt8] { withUnsafeBytes { Array($0) } }
}
