/// What can be found in a text that should not be kept as it is.
public enum SensitiveKind: String, Sendable, Hashable, CaseIterable {
    /// A mail address.
    case email
    /// An IP address, version 4 or 6.
    case ip
    /// A phone number: international with `+`, or of the North American plan with its separators.
    case phone
    /// An international bank account number (ISO 13616), its check digits right.
    case iban
    /// A payment card's number, its prefix known and its check digit right (ISO/IEC 7812).
    case card
    /// A number that a state gives a person: US social security, UK national insurance, Spanish DNI, French NIR, Italian
    /// codice fiscale; where there are check digits, they are right.
    case nationalID = "national_id"
    /// A JSON Web Token.
    case jwt
    /// A private key in PEM form.
    case pem
    /// A token or key that its vendor's prefix gives away: AWS, GitHub, GitLab, Slack, Stripe, Google and others.
    case token

    /// The kind's place in sets that are kept as bits: this is asked at every word of every text.
    var bit: UInt16 {
        switch self {
        case .email: 1
        case .ip: 1 << 1
        case .phone: 1 << 2
        case .iban: 1 << 3
        case .card: 1 << 4
        case .nationalID: 1 << 5
        case .jwt: 1 << 6
        case .pem: 1 << 7
        case .token: 1 << 8
        }
    }
}

/// Some kinds, as bits.
struct SensitiveKinds: Sendable, Hashable {
    private let bits: UInt16

    init(_ kinds: Set<SensitiveKind>) { bits = kinds.reduce(0) { $0 | $1.bit } }

    func contains(_ kind: SensitiveKind) -> Bool { bits & kind.bit != 0 }
}

/// One find.
public struct SensitiveSpan: Sendable, Hashable {
    /// What it is.
    public var kind: SensitiveKind
    /// Which bytes it is.
    public var bytes: Range<Int>
}
