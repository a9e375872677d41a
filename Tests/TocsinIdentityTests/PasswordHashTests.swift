import Testing
import TocsinCore
import TocsinIdentity

/// bcrypt, with hashes that other programs made.
@Suite("Hashes of passwords")
struct PasswordHashTests {
    /// Passwords and their hashes by libxcrypt's `crypt`, the last two from `prometheus/exporter-toolkit` (web/testdata).
    private static let known: [(password: String, hash: String)] = [
        ("first", "$2y$04$abcdefghijklmnopqrstuOX0zrcUVXD/WsUHQrbe5IWk7WFsoRtsi"),
        ("second", "$2b$04$abcdefghijklmnopqrstuO9aV3xVc2p/FRik15t3BJxyDXgsjZ5wO"),
        ("", "$2a$04$abcdefghijklmnopqrstuOPYMo8FIicLfSLl7WijjcPEQmRxjEu.y"),
        (String(repeating: "x", count: 80), "$2y$04$abcdefghijklmnopqrstuOHAaFgMEOClarCCel/CCFxFJxa3fcx7i"),
        ("pässword", "$2y$05$abcdefghijklmnopqrstuOz6tmNw7VAGSGeyTEsnUN3G6DWSEhXUC"),
        ("carol123", "$2y$10$qRTBuFoULoYNA7AQ/F3ck.trZBPyjV64.oA4ZsSBCIWvXuvQlQTuu"),
        ("dave123", "$2y$10$2UXri9cIDdgeKjBo4Rlpx.U3ZLDV8X1IxKmsfOvhcM5oXQt/mLmXq"),
    ]

    @Test("each fits its own password and no other", arguments: known)
    func fits(_ password: String, _ text: String) throws {
        let hash = try PasswordHash(Secret(text))
        #expect(hash.matches(Array(password.utf8)))
        #expect(!hash.matches(Array((password + "x").utf8)) || password.utf8.count >= 72)
        #expect(!hash.matches(Array(password.utf8) + [0] + Array("x".utf8)), "nothing hides behind a zero")
        #expect(!hash.matches([]) || password.isEmpty)
    }

    @Test("only the first 72 bytes of a password count, however long it is")
    func long() throws {
        let hash = try PasswordHash(Secret("$2y$04$abcdefghijklmnopqrstuOHAaFgMEOClarCCel/CCFxFJxa3fcx7i"))
        #expect(hash.matches([UInt8](repeating: UInt8(ascii: "x"), count: 72)))
        #expect(hash.matches([UInt8](repeating: UInt8(ascii: "x"), count: 100_000)))
        #expect(!hash.matches([UInt8](repeating: UInt8(ascii: "x"), count: 71)))
    }

    private static let invalidTexts: [(text: String, message: String)] = [
        ("", "too short"), ("doe", "too short"), (String(repeating: "a", count: 60), "must start with '$'"),
        ("$3y$10$" + String(repeating: "a", count: 53), "newer than '2'"),
        ("$2y$03$" + String(repeating: "a", count: 53), "cost"),
        ("$2y$32$" + String(repeating: "a", count: 53), "cost"),
        ("$2y$xx$" + String(repeating: "a", count: 53), "cost"),
        ("$2y$10$" + String(repeating: "a", count: 52), "too short"),
    ]

    @Test("what is none is refused, and not shown", arguments: invalidTexts)
    func invalid(_ text: String, _ message: String) throws {
        let error = #expect(throws: PasswordHash.Invalid.self) { try PasswordHash(Secret(text)) }
        #expect(error?.message.contains(message) == true)
        #expect(text.isEmpty || error?.description.contains(text) == false)
    }
}
