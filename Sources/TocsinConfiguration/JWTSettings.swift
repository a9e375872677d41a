public import TocsinCore
public import TocsinIdentity

/// What an entry of `ingest.jwt` says: whose JSON Web Tokens are believed, and how far.
public struct JWTSettings: Sendable {
    /// Where the keys are.
    public enum Keys: Sendable {
        /// A file with a JWK set (RFC 7517), as the issuer publishes it.
        case file(String)
        /// A secret that the issuer has too, for HS256, and the `kid` that its tokens name, if they name one.
        case secret(Secret, id: String?)
        /// The issuer publishes them here; `nil` for where OpenID Connect Discovery says.
        case published(String?)
    }

    /// The claim `iss`.
    public var issuer: String
    /// One of these must be in the claim `aud`.
    public var audiences: [String]
    /// The keys.
    public var keys: Keys
    /// CA certificates in PEM form for an issuer that is asked, besides the system's.
    public var caFile: String?
    /// By how much the issuer's clock may be wrong.
    public var clockSkew: Duration
    /// How long a token may be good for at most; `nil` for as long as it says.
    public var longestLife: Duration?
    /// The tenant of all its tokens; `nil` if a claim says it.
    public var tenant: TenantID?
    /// The claim that says the tenant.
    public var tenantClaim: String
    /// The permissions of all its tokens; `nil` if a claim says them.
    public var permissions: Set<Permission>?
    /// The claim that says the permissions.
    public var permissionsClaim: String
    /// What words of this claim mean that are no permissions themselves.
    public var meanings: [String: Set<Permission>] = [:]

    init?(_ reader: MappingReader) {
        let issuer = reader.requiredString("issuer")
        let audiences = reader.stringList("audience") ?? []
        if audiences.isEmpty {
            reader.report(
                "value_missing", "name whom the tokens are for, or those for others would be taken too",
                name: "audience")
        }
        keys = Self.keys(reader)
        caFile = reader.string("ca_file")
        clockSkew = reader.duration("clock_skew", in: .zero...(.seconds(300))) ?? .seconds(30)
        longestLife = reader.duration("longest_life", in: .seconds(1)...(.seconds(86_400 * 366)))
        tenant = reader.tenant("tenant")
        tenantClaim = reader.string("tenant_claim") ?? "tenant"
        permissions = reader.permissions("permissions")
        permissionsClaim = reader.string("permissions_claim") ?? "permissions"
        for entry in reader.mappings("meanings") {
            let (word, permissions) = (entry.requiredString("word"), entry.permissions("permissions"))
            entry.finish()
            if let word { meanings[word] = permissions ?? [] }
        }
        reader.finish()
        guard let issuer else { return nil }
        (self.issuer, self.audiences) = (issuer, audiences)
    }

    private static func keys(_ reader: MappingReader) -> Keys {
        let (file, secret, address) = (reader.string("keys_file"), reader.secret("secret"), reader.string("keys_url"))
        let id = reader.string("key_id")
        if [file != nil, secret != nil, address != nil].count(where: { $0 }) > 1 {
            reader.report("value_invalid", "the keys are in 'keys_file', at 'keys_url' or 'secret': name one of them")
        }
        if let secret { return .secret(secret, id: id) }
        if let file { return .file(file) }
        return .published(address)
    }
}
