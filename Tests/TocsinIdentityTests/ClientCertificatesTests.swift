import Testing
import TocsinCore

@testable import TocsinIdentity

@Suite struct ClientCertificatesTests {
    private func certificates() throws -> ClientCertificates {
        ClientCertificates([
            CertificateCaller(name: "spiffe://a/prom", tenant: try tenant("acme"), permissions: [.write]),
            CertificateCaller(name: "prom.example", tenant: try tenant("acme"), permissions: [.write]),
            CertificateCaller(name: "other.example", tenant: try tenant("other"), permissions: [.read]),
        ])
    }

    @Test(
        arguments: [
            (["spiffe://a/prom"], "spiffe://a/prom"), (["x", "prom.example"], "prom.example"), ([], nil), (["x"], nil),
            (["PROM.example"], nil), (["spiffe://a/prom/"], nil), (["spiffe://a/prom", "spiffe://a/else"], nil),
            (["spiffe://a/one", "spiffe://a/two", "prom.example"], "prom.example"),
            (["prom.example", "other.example"], nil),
        ] as [([String], String?)])
    func namesACallerOnlyIfItNamesOne(names: [String], caller: String?) throws {
        #expect(try certificates().caller(of: names)?.name == caller)
    }

    @Test func twoCredentialsMustBothAllowIt() throws {
        let (acme, other) = (try tenant("acme"), try tenant("other"))
        let resolution = TenantResolution(policy: TenantPolicy(knownTenant: { [acme, other].contains($0) }))
        func token(_ permissions: Set<Permission>) -> TokenVerdict {
            .accepted(
                TokenRecord(token: .generate(tenant: acme), name: "t", createdAt: .epoch, permissions: permissions))
        }
        func certificate(_ tenant: TenantID, _ permissions: Set<Permission>) -> CertificateCaller {
            CertificateCaller(name: "n", tenant: tenant, permissions: permissions)
        }
        let rows: [(TokenVerdict?, CertificateCaller?, once: Bool, twice: Bool)] = [
            (token([.admin]), nil, true, false), (nil, certificate(acme, [.admin]), true, false),
            (token([.admin]), certificate(acme, [.admin]), true, true),
            (token([.read]), certificate(acme, [.admin]), false, false),
            (token([.admin]), certificate(acme, [.read]), true, false),
            (token([.admin]), certificate(other, [.admin]), true, false),
        ]
        for (number, row) in rows.enumerated() {
            let resolved = try resolution.resolve(verdict: row.0, certificate: row.1)
            #expect(resolved.tenant == acme)
            for (twice, expected) in [(false, row.once), (true, row.twice)] {
                let isAllowed = (try? resolved.require(.admin, twice: twice)) != nil
                #expect(isAllowed == expected, "row \(number), twice: \(twice)")
            }
        }
        #expect(throws: TenantRefusal.tokenInvalid, "a good certificate excuses no bad token") {
            try resolution.resolve(verdict: .refused(.expired), certificate: certificate(acme, [.admin]))
        }
        #expect(throws: TenantRefusal.self) {
            try resolution.resolve(verdict: nil, certificate: certificate(acme, [.admin]), path: "other")
        }
    }
}
