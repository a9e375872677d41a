import Testing

@testable import TocsinSealing

@Suite struct MaskingPolicyTests {
    private static let key = RootKey.generate().fleetIndexKey

    private func masked(
        _ text: String, _ rules: [MaskingRule], in place: MaskingPlace = .annotations, name: String = "description",
        key: IndexKey = MaskingPolicyTests.key
    ) -> String? {
        Array(text.utf8).withUnsafeBufferPointer {
            MaskingPolicy(rules).masked($0, in: place, name: name, keys: MaskingKeys(index: key))
        }.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        (SensitiveKind.email, "to jane@example.com!", "to [email]!", "to j***@example.com!"),
        (.card, "4111 1111 1111 1111", "[card]", "**** **** **** 1111"),
        (.ip, "at 10.1.2.3:80", "at [ip]:80", "at 10.1.*:80"), (.ip, "2001:db8::1 x", "[ip] x", "2001:db8:* x"),
        (.phone, "+1 212 555 0123", "[phone]", "+* *** *** 0123"),
        (.iban, "DE89370400440532013000", "[iban]", "******************3000"),
        (.token, "k AKIAIOSFODNN7EXAMPLE", "k [token]", "k ***"),
    ])
    func actions(kind: SensitiveKind, text: String, redacted: String, starred: String) {
        #expect(masked(text, [MaskingRule(kinds: [kind], action: .redact)]) == redacted)
        #expect(masked(text, [MaskingRule(kinds: [kind], action: .mask)]) == starred)
        #expect(masked(text, [MaskingRule(kinds: [kind], action: .keep)]) == nil)
        let hash = masked(text, [MaskingRule(kinds: [kind], action: .hash)])
        #expect(
            hash?.contains("[\(kind.rawValue):") == true
                && hash == masked(text, [MaskingRule(kinds: [kind], action: .hash)]))
        #expect(
            hash != masked(text, [MaskingRule(kinds: [kind], action: .hash)], key: RootKey.generate().fleetIndexKey))
    }

    @Test func theFirstRuleThatHoldsCounts() {
        let rules = [
            MaskingRule(places: [.labels], names: ["instance"], kinds: [.ip], action: .keep),
            MaskingRule(kinds: [.ip, .email], action: .redact), MaskingRule(kinds: [.ip], action: .hash),
        ]
        #expect(masked("10.0.0.1", rules, in: .labels, name: "instance") == nil)
        #expect(masked("10.0.0.1 a@b.io", rules, in: .labels, name: "instance") == "10.0.0.1 [email]")
        #expect(masked("10.0.0.1 a@b.io", rules, in: .labels, name: "host") == "[ip] [email]")
        #expect(masked("10.0.0.1", rules, in: .annotations, name: "instance") == "[ip]")
        #expect(masked("nothing of interest", rules) == nil)
    }

    @Test func aNamedValueIsMaskedAsAWhole() {
        let rules = [
            MaskingRule(kinds: [.email], action: .mask), MaskingRule(names: ["password"], kinds: nil, action: .redact),
            MaskingRule(names: ["user"], kinds: nil, action: .hash),
        ]
        #expect(masked("hunter2 a@b.io", rules, name: "password") == "[redacted]")
        #expect(masked("a@b.io", rules, name: "user")?.hasPrefix("[hash:") == true)
        #expect(masked("a@b.io", rules, name: "other") == "a***@b.io")
        #expect(masked("", rules, name: "password") == nil)
    }
}
