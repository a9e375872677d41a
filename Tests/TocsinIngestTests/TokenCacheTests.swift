import Testing
import TocsinCore
import TocsinIdentity

@testable import TocsinIngest

@Suite("Token cache")
struct TokenCacheTests {
    private let start = Timestamp(milliseconds: 1_000_000)

    private func record(_ tenant: TenantID) -> TokenRecord {
        TokenRecord(token: .generate(tenant: tenant), name: "t", createdAt: start, permissions: [.write])
    }

    @Test("Hits and misses are both remembered, for two seconds")
    func timeToLive() throws {
        let cache = TokenCache()
        let tenant = try #require(TenantID("acme"))
        let record = record(tenant)
        #expect(cache.record(record.id, of: tenant, now: start) == nil)
        cache.store(record, id: record.id, of: tenant, now: start)
        cache.store(nil, id: "absent", of: tenant, now: start)
        for wait in [0, 1999] {
            let now = start + .milliseconds(wait)
            #expect(cache.record(record.id, of: tenant, now: now) == .some(.some(record)))
            #expect(cache.record("absent", of: tenant, now: now) == .some(nil))
        }
        #expect(cache.record(record.id, of: tenant, now: start + .seconds(2)) == nil)
        #expect(cache.record("absent", of: tenant, now: start + .seconds(2)) == nil)
    }

    @Test("An id means nothing outside of its tenant")
    func tenants() throws {
        let cache = TokenCache()
        let (acme, other) = (try #require(TenantID("acme")), try #require(TenantID("other")))
        let record = record(acme)
        cache.store(record, id: record.id, of: acme, now: start)
        #expect(cache.record(record.id, of: other, now: start) == nil)
    }

    @Test("A clock that is set back does not prolong a revoked token's life")
    func clockSetBack() throws {
        let cache = TokenCache()
        let tenant = try #require(TenantID("acme"))
        cache.store(nil, id: "a", of: tenant, now: start)
        #expect(cache.record("a", of: tenant, now: start - .seconds(3600)) == nil)
    }

    @Test("However many ids are guessed, no more than the capacity is held")
    func bound() throws {
        let cache = TokenCache(capacity: 100)
        let tenant = try #require(TenantID("acme"))
        for number in 0..<1000 {
            cache.store(nil, id: "\(number)", of: tenant, now: start)
            #expect(cache.count <= 100)
        }
        #expect(cache.record("999", of: tenant, now: start) == .some(nil))
    }
}
