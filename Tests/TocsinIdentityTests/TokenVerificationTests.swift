import Testing
import TocsinCore

@testable import TocsinIdentity

@Suite struct TokenVerificationTests {
    private let now = Timestamp(milliseconds: 1_000_000)

    @Test func judges() throws {
        let token = APIToken.generate(tenant: try tenant("acme"))
        let other = APIToken.generate(tenant: try tenant("acme"))
        let elsewhere = APIToken.generate(tenant: try tenant("other"))
        let later = Timestamp(milliseconds: now.milliseconds + 1)
        let earlier = Timestamp(milliseconds: now.milliseconds - 1)
        let plain = record(of: token)
        let expiring = record(of: token, expiresAt: later)
        let wrongSecret = TokenRecord(
            id: token.id, tenant: token.tenant, name: "", hash: other.hash, createdAt: .epoch, expiresAt: nil,
            revokedAt: nil, permissions: [])
        let stolen = TokenRecord(
            id: token.id, tenant: elsewhere.tenant, name: "", hash: token.hash, createdAt: .epoch, expiresAt: nil,
            revokedAt: nil, permissions: [])
        let noHash = TokenRecord(
            id: token.id, tenant: token.tenant, name: "", hash: [], createdAt: .epoch, expiresAt: nil, revokedAt: nil,
            permissions: [])
        let table: [(String, TokenRecord?, TokenVerdict)] = [
            ("good", plain, .accepted(plain)),
            ("not yet expired", expiring, .accepted(expiring)),
            ("no record", nil, .refused(.unknown)),
            ("another token's record", record(of: other), .refused(.unknown)),
            ("another tenant's record with the same id", stolen, .refused(.unknown)),
            ("wrong secret", wrongSecret, .refused(.wrongSecret)),
            ("record without a hash", noHash, .refused(.wrongSecret)),
            ("expires now", record(of: token, expiresAt: now), .refused(.expired)),
            ("expired", record(of: token, expiresAt: earlier), .refused(.expired)),
            ("revoked", record(of: token, revokedAt: earlier), .refused(.revoked)),
            ("revoked by a clock that is ahead", record(of: token, revokedAt: later), .refused(.revoked)),
            ("revoked and expired", record(of: token, expiresAt: earlier, revokedAt: earlier), .refused(.revoked)),
        ]
        for (name, record, expected) in table {
            #expect(verify(token: token, record: record, now: now) == expected, "\(name)")
        }
    }

    @Test func wrongSecretHidesThatATokenIsRevoked() throws {
        let token = APIToken.generate(tenant: try tenant("acme"))
        let guess = try #require(APIToken.parse("tcs_acme_\(token.id)_" + String(repeating: "0", count: 64)))
        let revoked = record(of: token, expiresAt: .epoch, revokedAt: .epoch)
        #expect(verify(token: guess, record: revoked, now: now) == .refused(.wrongSecret))
    }

    @Test func comparesEveryByte() {
        let bytes: [UInt8] = Array(0..<32)
        #expect(isEqual(bytes, bytes))
        #expect(isEqual([], []))
        #expect(!isEqual(bytes, Array(bytes.dropLast())))
        for bit in 0..<256 {
            var other = bytes
            other[bit / 8] ^= 1 << (bit % 8)
            #expect(!isEqual(bytes, other))
        }
    }
}
