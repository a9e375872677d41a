import CCrypt
public import TocsinCore

/// A password's bcrypt hash: `$2y$10$` and 53 letters.
///
/// The algorithm is libxcrypt's. Which texts are hashes, and which passwords fit, is as in Go's `golang.org/x/crypto/bcrypt`,
/// so that files which other programs read are taken here too.
public struct PasswordHash: Sendable, Hashable {
    /// Why a text is no hash; it never shows the text, which may be a password that nobody has hashed.
    public struct Invalid: CodedError {
        /// A word that scripts can match; always `password_hash_invalid`.
        public let code = "password_hash_invalid"
        /// What is wrong.
        public let message: String
    }

    /// As many bytes of a password count; the algorithm knows no more.
    private static let maximumLength = 72
    private static let saltLength = 22
    private static let digestLength = 31

    private let setting: String
    private let digest: [UInt8]

    /// Reads a hash.
    ///
    /// The work of a check doubles with each step of the cost, which is 4 to 31.
    ///
    /// - Throws: ``Invalid``.
    public init(_ text: Secret) throws(Invalid) {
        let bytes = Array(text.reveal().utf8)
        guard bytes.count >= 59 else {
            throw Invalid(message: "hashedSecret too short to be a bcrypted password")
        }
        guard bytes[0] == UInt8(ascii: "$") else { throw Invalid(message: "bcrypt hashes must start with '$'") }
        guard bytes[1] <= UInt8(ascii: "2") else {
            throw Invalid(message: "the version of the bcrypt algorithm is newer than '2'")
        }
        // `$2$` and `$2a$`, `$2b$`, `$2y$`: the letter tells which old implementation's faults to expect, and Go has none.
        let start = bytes[2] == UInt8(ascii: "$") ? 3 : 4
        guard let cost = Int(String(decoding: bytes[start..<start + 2], as: UTF8.self)), (4...31).contains(cost) else {
            throw Invalid(message: "the cost is outside the allowed inclusive range 4..31")
        }
        let salt = start + 3
        guard bytes.count >= salt + Self.saltLength + Self.digestLength else {
            throw Invalid(message: "hashedSecret too short to be a bcrypted password")
        }
        let letters = String(decoding: bytes[salt..<salt + Self.saltLength], as: UTF8.self)
        setting = "$2y$" + (cost < 10 ? "0" : "") + "\(cost)$" + letters
        digest = Array(bytes[salt + Self.saltLength..<salt + Self.saltLength + Self.digestLength])
    }

    /// Whether a password fits; takes as long as the cost says, for a password that fits or not.
    ///
    /// Blocks its thread for tens of milliseconds and more: not for an event loop.
    public func matches(_ password: [UInt8]) -> Bool {
        // In C a zero ends the text, so that what stands behind it would not count.
        guard !password.contains(0) else { return false }
        let phrase = password.prefix(Self.maximumLength).map { CChar(bitPattern: $0) } + [0]
        let size = CCrypt_dataSize
        let data = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        defer { data.deallocate() }
        data.initializeMemory(as: UInt8.self, repeating: 0, count: size)
        guard let found = crypt_rn(phrase, setting, data, CInt(size)) else { return false }
        let letters = String(cString: found).utf8.suffix(Self.digestLength)
        return isEqual(Array(letters), digest)
    }
}
