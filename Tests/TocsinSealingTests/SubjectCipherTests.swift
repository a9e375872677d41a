import Testing

@testable import TocsinSealing

@Suite struct SubjectCipherTests {
    private let index = RootKey.generate().fleetIndexKey

    @Test func whatIsEncryptedOpensWithItsOwnKeyAlone() throws {
        let text = Array("jane@example.com".utf8)
        let subject = SubjectCipher.subject(of: text, kind: .email, key: index)
        let key = SubjectCipher.makeKey()
        let token = try #require(SubjectCipher.encrypt(text, kind: .email, subject: subject, key: key))
        let again = SubjectCipher.encrypt(text, kind: .email, subject: subject, key: key)
        #expect(token == again, "an alert that is sent again keeps its fingerprint")
        #expect(!String(decoding: token, as: UTF8.self).contains("jane"))
        let whole = Array("[x] to ".utf8) + token + Array(", [email:enc:short:AA]".utf8) + token
        let found = SubjectCipher.tokens(in: whole)
        #expect(found.count == 2 && found.allSatisfy { $0.subject == subject })
        #expect(Array(whole[found[0].range]) == token)
        #expect(found.allSatisfy { $0.open(key) == text })
        #expect(found[0].open(SubjectCipher.makeKey()) == nil && found[0].open([1, 2]) == nil)
    }

    @Test func aFindWithoutAKeyIsRedacted() {
        let policy = MaskingPolicy([MaskingRule(kinds: [.email], action: .encrypt)])
        let text = Array("to jane@example.com".utf8)
        func masked(_ keys: MaskingKeys) -> String? {
            text.withUnsafeBufferPointer {
                policy.masked($0, in: .annotations, name: "d", keys: keys)
            }.map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(policy.encrypts && masked(MaskingKeys(index: index)) == "to [email]")
        let subjects = text.withUnsafeBufferPointer {
            policy.finds(in: $0, place: .annotations, name: "d", key: index)
        }.subjects
        #expect(subjects.count == 1)
        let keys = MaskingKeys(index: index, subjects: [subjects[0]: SubjectCipher.makeKey()])
        #expect(masked(keys)?.hasPrefix("to [email:enc:\(subjects[0]):") == true)
    }

    @Test func wholeValuesAreSubjectsOfTheirOwn() {
        let policy = MaskingPolicy([MaskingRule(names: ["customer"], kinds: nil, action: .encrypt)])
        let text = Array("Jane".utf8)
        func subjects(_ name: String) -> [String] {
            text.withUnsafeBufferPointer { policy.finds(in: $0, place: .labels, name: name, key: index) }.subjects
        }
        #expect(subjects("customer") == [SubjectCipher.subject(of: text, kind: nil, key: index)])
        #expect(subjects("other").isEmpty)
    }
}
