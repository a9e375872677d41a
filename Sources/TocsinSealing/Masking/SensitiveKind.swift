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
}

/// One find.
public struct SensitiveSpan: Sendable, Hashable {
    /// What it is.
    public var kind: SensitiveKind
    /// Which bytes it is.
    public var bytes: Range<Int>
}
