public import TocsinCore

/// What a server asks of its callers.
public struct TenantPolicy: Sendable {
    /// Whether a caller without a token is refused.
    public var requireToken: Bool
    /// Whether the header `X-Scope-OrgID` alone may say the tenant, as behind a gateway that sets it.
    public var trustScopeHeader: Bool
    /// What a caller without a token may do, where one is let in.
    public var openPermissions: Set<Permission>
    /// For which tenant a request is that names none.
    public var defaultTenant: TenantID?
    /// Whether a tenant is configured here.
    public var knownTenant: @Sendable (TenantID) -> Bool

    /// A policy; the strictest unless told otherwise.
    public init(
        requireToken: Bool = true, trustScopeHeader: Bool = false,
        openPermissions: Set<Permission> = [.read, .write, .silence], defaultTenant: TenantID? = nil,
        knownTenant: @escaping @Sendable (TenantID) -> Bool
    ) {
        self.requireToken = requireToken
        self.trustScopeHeader = trustScopeHeader
        self.openPermissions = openPermissions
        self.defaultTenant = defaultTenant
        self.knownTenant = knownTenant
    }
}

/// Who a request is from, as far as its tenant goes.
public struct ResolvedTenant: Sendable, Equatable {
    /// The tenant that the request is for.
    public let tenant: TenantID
    /// The caller's token, if it showed one.
    public let token: TokenRecord?
    /// Who the caller is by its certificate, if that is of the same tenant.
    public let certificate: CertificateCaller?
    /// What the caller may do.
    public let permissions: Set<Permission>

    /// Throws 403 unless the caller has the permission.
    ///
    /// - Parameter twice: Whether a token and a certificate must both say so.
    public func require(_ permission: Permission, twice: Bool = false) throws(TenantRefusal) {
        guard permissions.contains(permission) else { throw .permissionMissing(permission, tenant: tenant) }
        guard twice else { return }
        guard token?.permissions.contains(permission) == true, certificate?.permissions.contains(permission) == true
        else {
            throw .secondCredentialMissing(permission, tenant: tenant)
        }
    }
}

/// The one rule that says which tenant a request is for.
///
/// A token decides, and without one the connection's certificate; path and header may then only repeat its tenant. Without
/// either, where the policy allows that, the path decides, or the header if it is trusted. Two that disagree are refused, whether or not both count: a request that
/// contradicts itself is a mistake somewhere. A token that was sent and is not valid is refused even where none is needed,
/// and before anything else is said, so that nobody without a valid token learns which tenants there are.
public struct TenantResolution: Sendable {
    /// What the server asks of its callers.
    public let policy: TenantPolicy

    /// The rule under a policy.
    public init(policy: TenantPolicy) { self.policy = policy }

    /// The tenant of a request, or why it has none.
    ///
    /// - Parameters:
    ///   - verdict: What ``verify(token:record:now:)`` said of the bearer token; `nil` if none was sent, and
    ///     `.refused(.malformed)` for a bearer text that is no token.
    ///   - certificate: Who the caller is by the verified certificate of its connection, if it has shown one that is known.
    ///   - path: The tenant's part of the path, if the path has one.
    ///   - header: The value of `X-Scope-OrgID`, if it was sent.
    public func resolve(
        verdict: TokenVerdict?, certificate: CertificateCaller? = nil, path: String? = nil, header: String? = nil
    ) throws(TenantRefusal) -> ResolvedTenant {
        // A gateway that says the tenant has asked for its caller's credentials itself.
        let token = try record(
            of: verdict, isVouchedFor: certificate != nil || (policy.trustScopeHeader && header != nil))
        let inPath = try read(path, in: .path)
        let inHeader = try read(header, in: .header)
        if let token {
            try check(inPath, is: token.tenant, in: .path)
            try check(inHeader, is: token.tenant, in: .header)
        } else if let certificate {
            for (named, place) in [(inPath, TenantPlace.path), (inHeader, .header)] {
                guard let named, named != certificate.tenant else { continue }
                throw .certificateOfAnotherTenant(certificate.tenant, named: named, in: place)
            }
        } else if let inPath, let inHeader, inPath != inHeader {
            throw .ambiguous(path: inPath, header: inHeader)
        }
        let trusted = policy.trustScopeHeader ? inHeader : nil
        guard let tenant = token?.tenant ?? certificate?.tenant ?? inPath ?? trusted ?? policy.defaultTenant else {
            throw .missing(headerIgnored: inHeader != nil)
        }
        guard policy.knownTenant(tenant) else { throw .unknown(tenant) }
        return ResolvedTenant(
            tenant: tenant, token: token, certificate: certificate?.tenant == tenant ? certificate : nil,
            permissions: token?.permissions ?? certificate?.permissions ?? policy.openPermissions)
    }

    private func record(of verdict: TokenVerdict?, isVouchedFor: Bool) throws(TenantRefusal) -> TokenRecord? {
        switch verdict {
        case .accepted(let record): return record
        case .refused: throw .tokenInvalid
        case nil:
            guard !policy.requireToken || isVouchedFor else { throw .tokenMissing }
            return nil
        }
    }

    private func read(_ text: String?, in place: TenantPlace) throws(TenantRefusal) -> TenantID? {
        guard let text else { return nil }
        guard let tenant = TenantID(text) else { throw .malformed(in: place) }
        return tenant
    }

    private func check(_ named: TenantID?, is tenant: TenantID, in place: TenantPlace) throws(TenantRefusal) {
        if let named, named != tenant { throw .anotherTenant(tenant, named: named, in: place) }
    }
}
