public import TocsinCore

/// Why a request is for no tenant that its caller may use.
public struct TenantRefusal: CodedError, Hashable {
    /// The HTTP status that says so: 400, 401, 403 or 404.
    public let status: Int
    /// A stable word for the reason.
    public let code: String
    /// What is wrong and what to send instead.
    public let message: String

    private init(_ status: Int, _ code: String, _ message: String) {
        self.status = status
        self.code = code
        self.message = message
    }
}

extension TenantRefusal {
    /// 401 `token_missing`: a token is required and none was sent.
    public static let tokenMissing = TenantRefusal(
        401, "token_missing", "this server wants a token: send 'Authorization: Bearer tcs_...'")

    /// 401 `token_invalid`: malformed, unknown, wrong, revoked or expired; the caller is not told which.
    public static let tokenInvalid = TenantRefusal(
        401, "token_invalid",
        "the token is not valid: it is mistyped, revoked or expired; ask its tenant's administrator for a new one")

    /// 403 `token_of_another_tenant`: the path or the header names a tenant that is not the token's.
    public static func anotherTenant(_ token: TenantID, named: TenantID, in place: TenantPlace) -> TenantRefusal {
        TenantRefusal(
            403, "token_of_another_tenant",
            "the token is one of tenant \(token), and \(place.text) names tenant \(named): use a token of \(named), or "
                + "leave the tenant out")
    }

    /// 403 `permission_missing`: the token is good and does not allow this.
    public static func permissionMissing(_ permission: Permission, tenant: TenantID) -> TenantRefusal {
        TenantRefusal(
            403, "permission_missing",
            "this needs the permission '\(permission.rawValue)' in tenant \(tenant), which the caller does not have")
    }

    /// 403 `certificate_of_another_tenant`: the path or the header names a tenant that is not the certificate's.
    public static func certificateOfAnotherTenant(
        _ own: TenantID, named: TenantID, in place: TenantPlace
    ) -> TenantRefusal {
        TenantRefusal(
            403, "certificate_of_another_tenant",
            "the connection's client certificate is one of tenant \(own), and \(place.text) names tenant \(named)")
    }

    /// 403 `second_credential_missing`: one credential allows it, and the tenant asks for two.
    public static func secondCredentialMissing(_ permission: Permission, tenant: TenantID) -> TenantRefusal {
        TenantRefusal(
            403, "second_credential_missing",
            "tenant \(tenant) asks for two credentials here: a token and a client certificate, which both have the "
                + "permission '\(permission.rawValue)'")
    }

    /// 404 `tenant_unknown`: well formed, and not configured here.
    public static func unknown(_ tenant: TenantID) -> TenantRefusal {
        TenantRefusal(404, "tenant_unknown", "there is no tenant \(tenant) on this server")
    }

    /// 400 `tenant_malformed`: the path or the header holds no tenant id; the text itself is not repeated.
    public static func malformed(in place: TenantPlace) -> TenantRefusal {
        TenantRefusal(
            400, "tenant_malformed",
            "\(place.text) holds no tenant id, which is one name of 1 to 64 characters of a-z 0-9 - _ . that starts with "
                + "a letter or digit")
    }

    /// 400 `tenant_ambiguous`: path and header name two tenants.
    public static func ambiguous(path: TenantID, header: TenantID) -> TenantRefusal {
        TenantRefusal(
            400, "tenant_ambiguous",
            "the path names tenant \(path) and the header X-Scope-OrgID names tenant \(header): name one")
    }

    /// 400 `tenant_missing`: nothing that counts here names a tenant.
    public static func missing(headerIgnored: Bool) -> TenantRefusal {
        let reason =
            headerIgnored
            ? "this server does not take the tenant from X-Scope-OrgID" : "nothing says which tenant this is for"
        return TenantRefusal(400, "tenant_missing", "\(reason): send a token, or name the tenant in the path")
    }
}

/// Where a request can name its tenant.
public enum TenantPlace: Sendable, Hashable, CaseIterable {
    /// In the URL's path.
    case path
    /// In the header `X-Scope-OrgID`.
    case header

    fileprivate var text: String {
        switch self {
        case .path: "the path"
        case .header: "the header X-Scope-OrgID"
        }
    }
}
