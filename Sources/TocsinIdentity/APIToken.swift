import Crypto
public import TocsinCore

/// A token that a caller shows: `tcs_<tenant>_<id>_<secret>`.
///
/// The prefix lets a leaked token be found in logs and repositories, and tenant and id say whose it is without a search.
/// The id is 12 hexadecimal digits and the secret 64, so the text is read from its end: a tenant's own `_`, `-` and `.`
/// can not be taken for a separator.
public struct APIToken: Sendable {
    /// Names the token's record within its tenant; no secret.
    public let id: String
    /// Whose token it claims to be; true only once ``verify(token:record:now:)`` has said so.
    public let tenant: TenantID
    /// The whole token, to be shown once to the person who asked for it.
    public let text: Secret

    private static let prefix = "tcs_"
    private static let idSize = 6
    private static let secretSize = 32
    /// `_<id>_<secret>`.
    private static let tailLength = 1 + idSize * 2 + 1 + secretSize * 2

    /// A new token with 256 random bits.
    public static func generate(tenant: TenantID) -> APIToken {
        var generator = SystemRandomNumberGenerator()
        return generate(tenant: tenant, using: &generator)
    }

    static func generate(tenant: TenantID, using generator: inout some RandomNumberGenerator) -> APIToken {
        let bytes = (0..<idSize + secretSize).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
        let id = Hexadecimal.encode(bytes.prefix(idSize))
        let secret = Hexadecimal.encode(bytes.dropFirst(idSize))
        return APIToken(id: id, tenant: tenant, text: Secret("\(prefix)\(tenant)_\(id)_\(secret)"))
    }

    private init(id: String, tenant: TenantID, text: Secret) {
        self.id = id
        self.tenant = tenant
        self.text = text
    }

    /// Reads a token as ``generate(tenant:)`` writes it, or answers `nil`.
    ///
    /// The work is bounded by the longest token's length, however long the text is.
    public static func parse(_ text: String) -> APIToken? {
        let start = prefix.utf8.count
        let longest = start + 64 + tailLength
        let bytes = Array(text.utf8.prefix(longest + 1))
        guard bytes.count <= longest, bytes.count > start + tailLength, bytes.starts(with: prefix.utf8) else {
            return nil
        }
        let tail = bytes.suffix(tailLength)
        let id = tail.dropFirst().prefix(idSize * 2)
        let secret = tail.suffix(secretSize * 2)
        guard tail.first == separator, tail[id.endIndex] == separator,
            id.allSatisfy(isDigit), secret.allSatisfy(isDigit),
            let tenant = TenantID(String(decoding: bytes[start..<tail.startIndex], as: UTF8.self))
        else { return nil }
        return APIToken(id: String(decoding: id, as: UTF8.self), tenant: tenant, text: Secret(text))
    }

    /// What is stored of the token: SHA-256 of its whole text.
    ///
    /// A plain hash is right here, where a password would need a slow one: the secret is 256 random bits, so there is no
    /// dictionary to try, and a search of all secrets is out of reach however fast the hash is.
    public var hash: [UInt8] { Array(SHA256.hash(data: Array(text.reveal().utf8))) }

    private static let separator = UInt8(ascii: "_")

    /// Lower case only, so that a token has one text and one hash.
    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }
}
