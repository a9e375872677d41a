import Testing
import TocsinAlerts

@Suite("Searching by regular expressions")
struct RE2SearchTests {
    /// Results of Go's `Regexp.ReplaceAllString`.
    @Test(
        "Replacing gives what Go gives",
        arguments: [
            ("a(b+)", "<$1>", "xabbbyab", "x<bbb>y<b>"), ("", "-", "abc", "-a-b-c-"), ("x*", "-", "axb", "-a-b-"),
            ("a|ab", "X", "abab", "XbXb"), ("a+?", "X", "aaa", "XXX"), ("(?U)a+", "X", "aaa", "XXX"),
            ("(?U)a+?", "X", "aaa", "X"), ("(a)(b)?", "[$1$2]", "aab", "[a][ab]"), ("a", "$$", "banana", "b$n$n$"),
            ("(?P<x>[0-9]+)", "${x}!$x", "a1b22", "a1!1b22!22"), ("a", "$1x$", "a", "$"),
            ("(.*):(.*)", "$2:$1", "h:9", "9:h"),
            ("^a", "X", "aaa", "Xaa"), ("(?m)^", "> ", "a\nb", "> a\n> b"), (#"\b"#, "|", "ab cd", "|ab| |cd|"),
            ("(?i)straße", "x", "STRASSE Straße", "STRASSE x"), ("é", "e", "café", "cafe"),
            ("(a*)*", "X", "baac", "XbXcX"),
            ("(a*)+", "X", "b", "XbX"), ("(|a)*", "X", "aa", "XaXaX"), ("(|a)+", "X", "aa", "XaXaX"),
            ("a{2,3}", "X", "aaaaa", "XX"), ("a{2,3}?", "X", "aaaaa", "XXa"), ("(a)|(b)", "<$1|$2>", "ab", "<a|><|b>"),
            ("$", "!", "a", "a!"), ("(foo|foobar)(bar)?", "[$1]", "foobar", "[foo]"), ("a", "${1", "a", "${1"),
            ("[^a]", ".", "aé🙂b", "a..."), ("(a|b)*?c", "<$1>", "abc", "<b>"), ("(a*?)*", "X", "aa", "XaXaX"),
            ("(?:a|(b))*", "<$1>", "ab ba", "<b> <b>"), ("(a+|b+)*c?", "<$1>", "aabbc", "<bb>"),
            ("((a)|b)*", "<$1$2>", "ab", "<ba>"), (#"(\w+) (\w+)"#, "$2_$1 ${2}_$1", "a b", "a b_a"),
            ("x(?P<n>y)?", "<$n>", "xxy", "<><y>"), ("(?s).*?b", "X", "aab\nb", "XX"), (#"\Bx"#, "-", "xx x", "x- x"),
            ("a|", "X", "baa", "XbXX"), ("", "X", "", "X"), ("$", "X", "", "X"), (#"\z"#, "X", "é", "éX"),
            ("(()|.)*", "<$1>", "ab", "<>a<>b<>"),
        ])
    func replacing(pattern: String, template: String, text: String, expected: String) throws {
        let result = try RE2Search(pattern).replacingAll(in: text, template: template)
        #expect(result == expected, "\(pattern)")
    }

    @Test("The first match tells where its groups are")
    func groups() throws {
        let match = try RE2Search("(x)?(b+)").firstMatch(in: "aébbb")
        #expect(match?.groups == [3..<6, nil, 3..<6])
        #expect(try RE2Search("z").firstMatch(in: "aébbb") == nil)
    }

    @Test(
        "A pattern is looked for anywhere",
        arguments: [("b", true), ("^b", false), ("c$", true), ("", true), ("B", false), ("(?i)B", true)])
    func matching(pattern: String, matches: Bool) throws {
        #expect(try RE2Search(pattern).matches(in: "abc") == matches)
        #expect(try (RE2Search(pattern).firstMatch(in: "abc") != nil) == matches)
    }

    @Test("A pattern that takes others exponential time ends at once")
    func bounded() throws {
        let text = String(repeating: "x", count: 5000)
        #expect(try RE2Search("(x+x+)+y").firstMatch(in: text) == nil)
        #expect(try RE2Search("(x*)*$").replacingAll(in: text, template: "") == "")
    }

    @Test("A result that is too long is none")
    func limit() throws {
        let search = try RE2Search("a")
        #expect(search.replacingAll(in: "aaaa", template: "bb", maximumLength: 8) == "bbbbbbbb")
        #expect(search.replacingAll(in: "aaaa", template: "bb", maximumLength: 7) == nil)
    }

    @Test(
        "What is no pattern is refused in Go's words",
        arguments: [("(", "missing closing )"), ("a**", "invalid nested repetition operator")])
    func refused(pattern: String, reason: String) {
        let error = #expect(throws: RE2Error.self) { try RE2Search(pattern) }
        #expect(error?.reason.text == reason)
    }
}
