import Testing
import TocsinCore

@testable import TocsinAudit

@Suite("Signed notes")
struct NoteTests {
    /// The example of golang.org/x/mod/sumdb/note.
    static let goKey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    static let goNote = """
        If you think cryptography is the answer to your problem,
        then you don't know what your problem is.

        \u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=

        """

    @Test("a note that Go has signed is good, and one letter less is not")
    func go() throws {
        let key = try VerifierKey(Self.goKey)
        #expect(key.description == Self.goKey)
        let note = try SignedNote(Array(Self.goNote.utf8))
        let signers = try note.signers(among: [key])
        #expect(signers == [key])
        #expect(note.bytes == Array(Self.goNote.utf8))
        let altered = try SignedNote(Array(Self.goNote.replacing("problem is", with: "problem was").utf8))
        let error = #expect(throws: AuditError.self) { try altered.signers(among: [key]) }
        #expect(error?.code == "audit_signature_bad")
    }

    @Test("a log and a witness sign beside each other, and each is judged by its own key")
    func beside() throws {
        let log = SignerKey.generate(name: "tocsin/1a2b/acme", kind: .note)
        let witness = SignerKey.generate(name: "w1", kind: .cosignature)
        let head = Checkpoint(origin: "tocsin/1a2b/acme", size: 12, root: .leaf([1]))
        var note = try SignedNote(head.text, signers: [log], now: .epoch)
        try note.add(witness, now: Timestamp(milliseconds: 1_700_000_000_000))
        let read = try SignedNote(note.bytes)
        let again = try Checkpoint(text: read.text)
        #expect(again == head)
        let signers = try read.signers(among: [log.verifier, witness.verifier])
        #expect(Set(signers) == [log.verifier, witness.verifier])
        // A stranger of the same name has another hash, and is not looked at.
        let stranger = SignerKey.generate(name: "tocsin/1a2b/acme", kind: .note)
        let none = try read.signers(among: [stranger.verifier])
        #expect(none.isEmpty)
        #expect("\(log)".contains(log.seed.reveal()) == false)
    }

    @Test(
        "what is no note is refused",
        arguments: [
            "", "text\n", "text\n\n", "text\n\nname sig\n", "text\n\n\u{2014} name\n", "text\n\n\u{2014} name !!!!\n",
            "text\n\n\u{2014} name AAAAAA==", "text\n\n\u{2014} a+b AAAAAAAA\n", "te\u{1}xt\n\n\u{2014} n AAAAAAAA\n",
        ])
    func malformed(text: String) {
        let error = #expect(throws: AuditError.self) { try SignedNote(Array(text.utf8)) }
        #expect(error?.code == "audit_note_malformed")
    }

    @Test(
        "what is no tree head is refused",
        arguments: ["", "o\n1\n", "o\n01\nAAAA\n", "\n1\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n", "o\n-1\nx\n"])
    func heads(text: String) {
        #expect(throws: AuditError.self) { try Checkpoint(text: Array(text.utf8)) }
    }

    @Test(
        "what is no key is refused",
        arguments: [
            "", "a+b", "PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
            "Peter Neumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", "n+00000000+AQ==",
        ])
    func keys(text: String) {
        #expect(throws: AuditError.self) { try VerifierKey(text) }
    }
}
