import Crypto
import Foundation
import Testing
import TocsinCore

@testable import TocsinIdentity

/// JSON Web Tokens that another library made (`scripts/jwt-goldens`), and what becomes of them.
@Suite struct JWTVerificationTests {
    private struct Goldens: Decodable {
        struct Case: Decodable, Sendable {
            let name: String
            let token: String
            let verdict: String
        }
        let now: Int64
        let secret: String
        let cases: [Case]
    }

    private static func goldens() throws -> (Goldens, jwks: String) {
        let file = try #require(Bundle.module.path(forResource: "jwt", ofType: "json", inDirectory: "Goldens"))
        let data = try #require(FileManager.default.contents(atPath: file))
        let object = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        let keys = try JSONSerialization.data(withJSONObject: try #require(object["jwks"]))
        return (try JSONDecoder().decode(Goldens.self, from: data), String(decoding: keys, as: UTF8.self))
    }

    private static func judge() async throws -> (JWTVerification, Goldens) {
        let (goldens, jwks) = try goldens()
        let login = JWTIssuer(
            issuer: "https://login.example", audiences: ["tocsin"], keys: try await JWTKeySet(jwks: jwks))
        let shared = JWTIssuer(
            issuer: "shared", audiences: ["tocsin"], keys: try await JWTKeySet(secret: Secret(goldens.secret)))
        return (JWTVerification(issuers: [login, shared]), goldens)
    }

    @Test func eachTokenGetsItsVerdict() async throws {
        let (jwt, goldens) = try await Self.judge()
        let now = Timestamp(milliseconds: goldens.now * 1000)
        #expect(goldens.cases.count >= 45)
        for one in goldens.cases {
            switch jwt.verify(one.token, now: now) {
            case .accepted(let record):
                #expect(one.verdict == "accepted", "\(one.name)")
                #expect(record.tenant.name == "acme" && record.name == "alice", "\(one.name)")
                #expect(
                    record.permissions == [.read, .silence], "\(one.name): words that are no permission do not count")
            case .refused(let reason): #expect(one.verdict == reason.rawValue, "\(one.name)")
            }
        }
    }

    @Test func noChangeOfAByteIsOverlooked() async throws {
        let (jwt, goldens) = try await Self.judge()
        let now = Timestamp(milliseconds: goldens.now * 1000)
        for one in goldens.cases.prefix(4) {
            let bytes = Array(one.token.utf8)
            for index in bytes.indices {
                var changed = bytes
                changed[index] = changed[index] == UInt8(ascii: "A") ? UInt8(ascii: "B") : UInt8(ascii: "A")
                guard changed != bytes else { continue }
                let verdict = jwt.verify(String(decoding: changed, as: UTF8.self), now: now)
                if case .accepted = verdict { Issue.record("\(one.name): byte \(index)") }
            }
        }
    }

    @Test func keysThatCannotBeUsedAreExplained() async throws {
        for (text, words) in [
            ("", "no JWK set"), ("{\"keys\": []}", "no key for"),
            ("{\"keys\": [{\"kty\": \"oct\", \"k\": \"AAAA\"}]}", "no key for"),
            (
                "{\"keys\": [{\"kty\": \"EC\", \"crv\": \"P-256\", \"kid\": \"a\", \"x\": \"AA\", \"y\": \"AA\"}]}",
                "damaged"
            ),
        ] {
            let error = await #expect(throws: JWTKeySet.Invalid.self) { try await JWTKeySet(jwks: text) }
            #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
        }
        let error = await #expect(throws: JWTKeySet.Invalid.self) { try await JWTKeySet(secret: Secret("short")) }
        #expect(error?.message.contains("5 bytes") == true)
    }

    @Test func theOnlyKeyNeedsNoName() async throws {
        let (goldens, jwks) = try Self.goldens()
        let now = Timestamp(milliseconds: goldens.now * 1000)
        let unnamed = try #require(goldens.cases.first { $0.name == "no key named" }).token
        let set = try #require(try JSONSerialization.jsonObject(with: Data(jwks.utf8)) as? [String: Any])
        let all = try #require(set["keys"] as? [[String: Any]])
        func judge(_ keys: [[String: Any]]) async throws -> TokenVerdict {
            let text = String(decoding: try JSONSerialization.data(withJSONObject: ["keys": keys]), as: UTF8.self)
            let issuer = JWTIssuer(
                issuer: "https://login.example", audiences: ["tocsin"], keys: try await JWTKeySet(jwks: text))
            return JWTVerification(issuers: [issuer]).verify(unnamed, now: now)
        }
        guard case .accepted = try await judge(all.filter { $0["kid"] as? String == "ec" }) else {
            Issue.record("refused")
            return
        }
        #expect(try await judge(all) == .refused(.keyUnknown))
        #expect(try await judge(all.filter { $0["kid"] as? String == "rsa" }) == .refused(.keyUnknown))
    }

    @Test func whatIsMadeHereIsBelievedHere() async throws {
        let secret = Secret(String(repeating: "s", count: 32))
        let maker = try await JWTMaker(key: secret, algorithm: .hs256, id: "k1")
        let now = Timestamp(milliseconds: 1_790_000_000_000)
        let token = try maker.make(
            tenant: try tenant("acme"), user: "bob", permissions: [.admin], issuer: "me", audience: "tocsin",
            life: .seconds(60), now: now)
        let issuer = JWTIssuer(
            issuer: "me", audiences: ["tocsin"], keys: try await JWTKeySet(secret: secret, id: "k1"),
            clockSkew: .zero, longestLife: .seconds(60))
        let jwt = JWTVerification(issuers: [issuer])
        guard case .accepted(let record) = jwt.verify(token.reveal(), now: now) else {
            Issue.record("refused")
            return
        }
        #expect(record.permissions == [.admin] && record.name == "bob" && record.tenant.name == "acme")
        #expect(jwt.verify(token.reveal(), now: now + .seconds(60)) == .refused(.expired))
        var short = issuer
        short.longestLife = .seconds(59)
        #expect(JWTVerification(issuers: [short]).verify(token.reveal(), now: now) == .refused(.expired))
        var fixed = issuer
        fixed.tenant = .fixed(try tenant("globex"))
        fixed.permissions = .fixed([.read])
        guard case .accepted(let other) = JWTVerification(issuers: [fixed]).verify(token.reveal(), now: now) else {
            Issue.record("refused")
            return
        }
        #expect(other.tenant.name == "globex" && other.permissions == [.read])
    }

    @Test func claimsAreFoundInOthersAndTheirWordsMeanWhatIsSaid() async throws {
        let secret = Secret(String(repeating: "s", count: 32))
        let now = Timestamp(milliseconds: 1_790_000_000_000)
        var issuer = JWTIssuer(issuer: "me", audiences: ["tocsin"], keys: try await JWTKeySet(secret: secret))
        issuer.tenant = .claim("https://tocsin.example/tenant")
        issuer.permissions = .claim(
            "realm_access.roles", meanings: ["on-call": [.silence, .escalate], "nobody": []])
        let claims = #"""
            {"iss":"me","aud":"tocsin","exp":1790000060,"https://tocsin.example/tenant":"acme",
             "realm_access":{"roles":["on-call","read","nobody","offline_access"]}}
            """#
        let signed = Base64URL.encode(Array(#"{"alg":"HS256"}"#.utf8)) + "." + Base64URL.encode(Array(claims.utf8))
        let code = HMAC<SHA256>.authenticationCode(
            for: Array(signed.utf8), using: SymmetricKey(data: Array(secret.reveal().utf8)))
        let token = signed + "." + Base64URL.encode(Array(code))
        guard case .accepted(let record) = JWTVerification(issuers: [issuer]).verify(token, now: now) else {
            Issue.record("refused")
            return
        }
        #expect(
            record.permissions == [.silence, .escalate] && record.tenant.name == "acme",
            "a role of the provider's own that is called like a permission gives nothing")
    }
}
