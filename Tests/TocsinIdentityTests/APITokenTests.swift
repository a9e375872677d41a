import Testing
import TocsinCore

@testable import TocsinIdentity

@Suite struct APITokenTests {
    /// Tenants made of everything that also stands in a token.
    static let tenants = [
        "a", "acme", "team_a", "a_", "a__b", "tcs_x", "a-b.c_d", "0", "acme_0123456789ab",
        "acme_0123456789ab_" + String(repeating: "0", count: 46), String(repeating: "z", count: 64),
    ]

    @Test(arguments: tenants) func readsBackWhatItWrites(name: String) throws {
        var generator = SeededGenerator(seed: 5)
        for _ in 0..<50 {
            let token = APIToken.generate(tenant: try tenant(name), using: &generator)
            let text = token.text.reveal()
            #expect(text.hasPrefix("tcs_\(name)_\(token.id)_"))
            let back = try #require(APIToken.parse(text), "\(name)")
            #expect(back.tenant == token.tenant)
            #expect(back.id == token.id)
            #expect(back.text == token.text)
            #expect(back.hash == token.hash)
        }
    }

    @Test func refusesWhatIsNoToken() throws {
        let id = "0123456789ab"
        let secret = String(repeating: "c", count: 64)
        #expect(APIToken.parse("tcs_acme_\(id)_\(secret)") != nil)
        let wrong = [
            "", "tcs_", "tcs_acme", "acme_\(id)_\(secret)", "TCS_acme_\(id)_\(secret)", "tcs-acme_\(id)_\(secret)",
            "tcs__\(id)_\(secret)", "tcs_\(id)_\(secret)", "tcs_Acme_\(id)_\(secret)", "tcs__a_\(id)_\(secret)",
            "tcs_ac me_\(id)_\(secret)", "tcs_acme_\(id)\(secret)", "tcs_acme\(id)_\(secret)",
            "tcs_acme_\(id)_\(secret) ", " tcs_acme_\(id)_\(secret)", "tcs_acme_\(id)_\(secret)\n",
            "tcs_acme_\(id.uppercased())_\(secret)", "tcs_acme_\(id)_\(secret.uppercased())",
            "tcs_acme_\(id)_\(secret.dropLast())", "tcs_acme_\(id)_\(secret.dropLast())g",
            "tcs_acme_\(id.dropLast())g_\(secret)", "tcs_acmé_\(id)_\(secret)",
            "tcs_\(String(repeating: "a", count: 65))_\(id)_\(secret)", String(repeating: "tcs_", count: 1_000_000),
        ]
        for text in wrong { #expect(APIToken.parse(text) == nil, "\(text.prefix(160))") }
    }

    @Test func survivesGarbage() {
        var generator = SeededGenerator(seed: 6)
        let alphabet = Array("tcs_acme0123456789abcdef_-.é\u{0}")
        for _ in 0..<5000 {
            let length = Int.random(in: 0...200, using: &generator)
            let text = String((0..<length).compactMap { _ in alphabet.randomElement(using: &generator) })
            if let token = APIToken.parse(text) { #expect(token.text.reveal() == text) }
        }
    }

    @Test func everyTokenIsAnother() throws {
        let acme = try tenant("acme")
        let tokens = (0..<2000).map { _ in APIToken.generate(tenant: acme) }
        #expect(Set(tokens.map(\.text)).count == 2000)
        #expect(Set(tokens.map(\.id)).count == 2000)
        #expect(Set(tokens.map(\.hash)).count == 2000)
    }

    /// SHA-256 from another implementation, because stored hashes must stay valid.
    @Test func hashIsOfTheWholeText() throws {
        let token = try #require(APIToken.parse("tcs_acme_0123456789ab_" + String(repeating: "c", count: 64)))
        #expect(
            Hexadecimal.encode(token.hash) == "8c234aae39fdf4ebb3e01a271a8bb9f747e5842f85e6e5c80a79d32151c157fd")
    }

    @Test func secretIsNotPrinted() throws {
        let token = APIToken.generate(tenant: try tenant("acme"))
        let secret = String(token.text.reveal().suffix(64))
        var dumped = ""
        dump(token, to: &dumped)
        for text in [dumped, "\(token)", String(reflecting: token)] { #expect(!text.contains(secret)) }
    }
}
