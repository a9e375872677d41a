import Testing
import TocsinCore

@testable import TocsinIdentity

@Suite struct TenantResolutionTests {
    /// What the caller shows.
    enum Shown: Sendable {
        case none
        case token(String)
        case bad
    }

    struct Case: Sendable {
        let shown: Shown
        let path: String?
        let header: String?
        /// Policies, as `requireToken` and `trustScopeHeader`, for which this holds.
        let policies: [(Bool, Bool)]
        /// A tenant's name, or a status and a code.
        let expected: String

        init(_ shown: Shown, _ path: String?, _ header: String?, _ policies: [(Bool, Bool)], _ expected: String) {
            self.shown = shown
            self.path = path
            self.header = header
            self.policies = policies
            self.expected = expected
        }
    }

    private static let all = [(true, true), (true, false), (false, true), (false, false)]
    private static let strict = [(true, true), (true, false)]
    private static let strictTrusting = [(true, true)]
    private static let strictDoubting = [(true, false)]
    private static let open = [(false, true), (false, false)]
    private static let openTrusting = [(false, true)]
    private static let openDoubting = [(false, false)]

    /// `acme` and `other` are known here, `gone` is not.
    static let cases = [
        Case(.token("acme"), nil, nil, all, "acme"),
        Case(.token("acme"), "acme", nil, all, "acme"),
        Case(.token("acme"), nil, "acme", all, "acme"),
        Case(.token("acme"), "acme", "acme", all, "acme"),
        Case(.token("acme"), "other", nil, all, "403 token_of_another_tenant"),
        Case(.token("acme"), nil, "other", all, "403 token_of_another_tenant"),
        Case(.token("acme"), "acme", "other", all, "403 token_of_another_tenant"),
        Case(.token("acme"), "other", "acme", all, "403 token_of_another_tenant"),
        Case(.token("acme"), "gone", nil, all, "403 token_of_another_tenant"),
        Case(.token("acme"), "NO", nil, all, "400 tenant_malformed"),
        Case(.token("acme"), nil, "acme|other", all, "400 tenant_malformed"),
        Case(.token("gone"), nil, nil, all, "404 tenant_unknown"),
        Case(.token("gone"), "acme", nil, all, "403 token_of_another_tenant"),

        Case(.bad, nil, nil, all, "401 token_invalid"),
        Case(.bad, "acme", "acme", all, "401 token_invalid"),
        Case(.bad, "NO", nil, all, "401 token_invalid"),
        Case(.bad, "gone", nil, all, "401 token_invalid"),

        Case(.none, nil, nil, strict, "401 token_missing"),
        Case(.none, "acme", nil, strict, "401 token_missing"),
        Case(.none, "gone", nil, strict, "401 token_missing"),
        Case(.none, "acme", "acme", strictDoubting, "401 token_missing"),
        Case(.none, nil, "acme", strictDoubting, "401 token_missing"),
        Case(.none, "NO", "NO", strictDoubting, "401 token_missing"),
        Case(.none, nil, "acme", strictTrusting, "acme"),
        Case(.none, "acme", "acme", strictTrusting, "acme"),
        Case(.none, "acme", "other", strictTrusting, "400 tenant_ambiguous"),

        Case(.none, nil, nil, open, "400 tenant_missing"),
        Case(.none, "acme", nil, open, "acme"),
        Case(.none, "acme", "acme", open, "acme"),
        Case(.none, "acme", "other", open, "400 tenant_ambiguous"),
        Case(.none, "gone", nil, open, "404 tenant_unknown"),
        Case(.none, "", nil, open, "400 tenant_malformed"),
        Case(.none, "../acme", nil, open, "400 tenant_malformed"),
        Case(.none, "acme", "", open, "400 tenant_malformed"),
        Case(.none, nil, "acme", openTrusting, "acme"),
        Case(.none, nil, "gone", openTrusting, "404 tenant_unknown"),
        Case(.none, nil, "acme", openDoubting, "400 tenant_missing"),
        Case(.none, nil, "gone", openDoubting, "400 tenant_missing"),
        Case(.none, nil, "acme|other", open, "400 tenant_malformed"),
    ]

    @Test(arguments: cases) func table(_ item: Case) throws {
        let verdict: TokenVerdict? =
            switch item.shown {
            case .none: nil
            case .token(let name): .accepted(record(of: .generate(tenant: try tenant(name)), permissions: [.audit]))
            case .bad: .refused(.expired)
            }
        for (requireToken, trustScopeHeader) in item.policies {
            let policy = TenantPolicy(requireToken: requireToken, trustScopeHeader: trustScopeHeader) {
                ["acme", "other"].contains($0.name)
            }
            let actual = describe(policy, verdict, item)
            #expect(actual == item.expected, "token required \(requireToken), header trusted \(trustScopeHeader)")
        }
    }

    private func describe(_ policy: TenantPolicy, _ verdict: TokenVerdict?, _ item: Case) -> String {
        do throws(TenantRefusal) {
            let resolved = try TenantResolution(policy: policy)
                .resolve(verdict: verdict, path: item.path, header: item.header)
            #expect(resolved.permissions == (verdict == nil ? [.read, .write, .silence] : [.audit]))
            return resolved.tenant.name
        } catch {
            return "\(error.status) \(error.code)"
        }
    }

    @Test(arguments: TokenRefusal.allCases) func callerIsNotToldWhyATokenIsInvalid(_ reason: TokenRefusal) {
        let resolution = TenantResolution(policy: TenantPolicy { _ in true })
        #expect(throws: TenantRefusal.tokenInvalid) { try resolution.resolve(verdict: .refused(reason), path: "acme") }
    }

    @Test func untrustedHeaderIsExplained() {
        let resolution = TenantResolution(policy: TenantPolicy(requireToken: false) { _ in true })
        let error = #expect(throws: TenantRefusal.self) { try resolution.resolve(verdict: nil, header: "acme") }
        #expect(error?.message.contains("X-Scope-OrgID") == true)
    }

    /// Messages go back to callers and into logs: nothing of what they sent that has not been checked stands in one.
    @Test func malformedTextIsNotRepeated() {
        let resolution = TenantResolution(policy: TenantPolicy(requireToken: false) { _ in true })
        let error = #expect(throws: TenantRefusal.self) { try resolution.resolve(verdict: nil, path: "<script>") }
        #expect(error?.message.contains("script") == false)
    }

    @Test func permissionsAreExactlyThoseGiven() throws {
        let resolution = TenantResolution(policy: TenantPolicy { _ in true })
        let admin = record(of: .generate(tenant: try tenant("acme")), permissions: [.admin])
        let caller = try resolution.resolve(verdict: .accepted(admin))
        try caller.require(.admin)
        for permission in Permission.allCases where permission != .admin {
            let error = #expect(throws: TenantRefusal.self) { try caller.require(permission) }
            #expect(error?.status == 403)
            #expect(error?.message.contains("'\(permission.rawValue)' in tenant acme") == true)
        }
    }
}
