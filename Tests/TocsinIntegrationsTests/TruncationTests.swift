import Testing
import TocsinTesting

@testable import TocsinIntegrations

@Suite("Shortening of texts")
struct TruncationTests {
    private static func backslash(_ scalar: Unicode.Scalar) -> String? { scalar == "*" ? "\\*" : nil }

    @Test(
        "A text is cut between characters and never inside of an escape",
        arguments: [
            ("abc", 3, TextUnit.scalars, "abc"), ("abcd", 3, .scalars, "ab…"), ("a**", 5, .scalars, #"a\*\*"#),
            ("a**", 4, .scalars, #"a\*…"#), ("a**", 3, .scalars, "a…"), ("👩‍👩‍👧b", 5, .scalars, "…"),
            ("👩‍👩‍👧bc", 7, .scalars, "👩‍👩‍👧bc"), ("👩‍👩‍👧b", 8, .utf16, "…"), ("👩‍👩‍👧b", 9, .utf16, "👩‍👩‍👧b"),
            ("e\u{301}e\u{301}", 3, .scalars, "e\u{301}…"), ("éé", 4, .bytes, "éé"), ("ééx", 4, .bytes, "…"),
            ("", 0, .scalars, ""),
        ])
    func cuts(text: String, limit: Int, unit: TextUnit, result: String) {
        #expect(Truncation.escaped(text, limit: limit, in: unit, by: TruncationTests.backslash) == result)
    }

    @Test("Any text is kept as a whole or cut to the limit", arguments: 1...200 as ClosedRange<UInt64>)
    func generated(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let text = GeneratedNotification.text(&random)
        let limit = Int.random(in: 4...600, using: &random)
        for unit in [TextUnit.scalars, .utf16, .bytes] {
            let cut = Truncation.escaped(text, limit: limit, in: unit, by: TruncationTests.backslash)
            #expect(unit.count(cut) <= limit, "seed \(seed)")
            let whole = text.replacing("*", with: #"\*"#)
            if unit.count(whole) <= limit {
                #expect(cut.utf8.elementsEqual(whole.utf8), "seed \(seed)")
            } else {
                #expect(cut.hasSuffix("…") && whole.utf8.starts(with: cut.utf8.dropLast(3)), "seed \(seed)")
            }
        }
    }

    @Test(
        "Control characters and what is not seen are left out",
        arguments: [
            ("a\r\nb\rc\nd", "a\nb\nc\nd"), ("\u{0}a\u{1B}[31m\u{7F}\u{85}", "a[31m"), ("  ", "?"),
            ("\u{200B}\u{FEFF}", "?"),
            ("", "?"), ("\t👩‍👩‍👧 e\u{301}\t", "👩‍👩‍👧 e\u{301}"),
        ])
    func printable(text: String, result: String) {
        #expect(PlainText.printable(text, orElse: "?").utf8.elementsEqual(result.utf8))
    }
}
