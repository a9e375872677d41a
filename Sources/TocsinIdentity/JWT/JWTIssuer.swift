public import TocsinCore

/// Somebody whose tokens are believed, and how far.
public struct JWTIssuer: Sendable {
    /// Which tenant a token is for.
    public enum TenantSource: Sendable, Hashable {
        /// The value of a claim.
        case claim(String)
        /// Always this one.
        case fixed(TenantID)
    }

    /// What a token allows.
    public enum PermissionSource: Sendable, Hashable {
        /// The words of a claim: a list, or one text with blanks as in OAuth's `scope`; and what words mean that are no
        /// permissions themselves. Words without a meaning count for nothing.
        case claim(String, meanings: [String: Set<Permission>])
        /// Always these.
        case fixed(Set<Permission>)
    }

    /// The claim `iss`.
    public var issuer: String
    /// One of these must be in the claim `aud`.
    public var audiences: Set<String>
    /// The keys.
    public var keys: JWTKeySet
    /// By how much the issuer's clock may be wrong.
    public var clockSkew: Duration
    /// How long a token may be good for at most, from `iat` on; `nil` for as long as it says.
    public var longestLife: Duration?
    /// Which tenant it is for.
    public var tenant: TenantSource
    /// What it allows.
    public var permissions: PermissionSource

    /// An issuer.
    public init(
        issuer: String, audiences: Set<String>, keys: JWTKeySet, clockSkew: Duration = .seconds(30),
        longestLife: Duration? = nil, tenant: TenantSource = .claim("tenant"),
        permissions: PermissionSource = .claim("permissions", meanings: [:])
    ) {
        self.issuer = issuer
        self.audiences = audiences
        self.keys = keys
        self.clockSkew = clockSkew
        self.longestLife = longestLife
        self.tenant = tenant
        self.permissions = permissions
    }
}
