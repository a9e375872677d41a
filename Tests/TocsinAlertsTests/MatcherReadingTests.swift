import Testing
import TocsinAlerts

/// Texts and answers of Alertmanager: of its classic rules for what these can read, else of its newer ones.
@Suite("Reading matchers")
struct MatcherReadingTests {
    @Test(
        "Lists are read",
        arguments: [
            ("", []), ("{}", []), ("{", []), ("}", []), (" ", []),
            (#"{foo="bar"}"#, [#"foo="bar""#]),
            (#"{foo = "bar", dings != "bums", }"#, [#"foo="bar""#, #"dings!="bums""#]),
            ("foo=bar,dings!~bums", [#"foo="bar""#, #"dings!~"bums""#]), ("foo=bar,", [#"foo="bar""#]),
            ("{foo=bar", [#"foo="bar""#]), ("foo=bar}", [#"foo="bar""#]),
            (#"{foo="bar,quux", job="}"}"#, [#"foo="bar,quux""#, #"job="}""#]),
            (#"{quote="She said: \"Hi, ladies!\""}"#, [#"quote="She said: \"Hi, ladies!\"""#]),
            (#"c != "\"" , d !~ "foo,bar" , "#, [#"c!="\"""#, #"d!~"foo,bar""#]),
            ("tricky=~~~", [#"tricky=~"~~""#]), (#"trickier==\\=\=\""#, [#"trickier="=\\=\\=\"""#]),
            ("job=", [#"job="""#]),
            (#"a="x\ty\d\\n\n""#, [#"a="x\\ty\\d\\n\n""#]), ("a=x\\", [#"a="x\\""#]), ("a_:1=🙂 b", [#"a_:1="🙂 b""#]),
            // Only the newer rules can read these.
            (#"{"foo"="bar"}"#, [#"foo="bar""#]), (#""odd name"="x","a.b"!="c""#, [#""odd name"="x""#, #"a.b!="c""#]),
            ("{1bad=x}", [#"1bad="x""#]), ("🙂=x", [#"🙂="x""#]),
            (#"{"a"="\xf0\x9f\x99\x82\U0001f642\u00e9\101\t"}"#, ["a=\"🙂🙂éA\t\""]),
        ])
    func lists(text: String, matchers: [String]) throws { #expect(try Matcher.parseAll(text).map(\.text) == matchers) }

    @Test(
        "What is no list is refused in Alertmanager's words",
        arguments: [
            (",", "bad matcher format: "), ("{,}", "bad matcher format: "), ("a=b,,c=d", "bad matcher format: "),
            ("bad{", "bad matcher format: bad{"), ("{invalid-name = \"x\"", "bad matcher format: invalid-name = \"x\""),
            ("foo", "bad matcher format: foo"), ("a!b", "bad matcher format: a!b"),
            ("{{a=b}}", "bad matcher format: {a=b}"),
            (#"job="value"#, #"matcher value contains unescaped double quote: "value"#),
            (#"job=value""#, #"matcher value contains unescaped double quote: value""#),
            (#"a="b"c"#, #"matcher value contains unescaped double quote: "b"c"#),
            (#"{"a"="\xf0\x9f"}"#, #"bad matcher format: "a"="\xf0\x9f""#),
            (#"{"a"="\w"}"#, #"bad matcher format: "a"="\w""#),
            (#"{"a"="\ud800"}"#, #"bad matcher format: "a"="\ud800""#),
            (#""a"="\400""#, #"bad matcher format: "a"="\400""#),
            (#""a"="\x+1""#, #"bad matcher format: "a"="\x+1""#), ("\"a\"=\"\n\"", "bad matcher format: \"a\"=\"\n\""),
            (#""a"="b"#, #"bad matcher format: "a"="b"#),
            (#""a"="b" "c"="d""#, #"bad matcher format: "a"="b" "c"="d""#),
            (#"{"a"="b"} x"#, #"bad matcher format: "a"="b"} x"#), (#""a"="b"}"#, #"bad matcher format: "a"="b""#),
            (#"foo=~"invalid[regexp""#, "error parsing regexp: missing closing ]: `[regexp)$`"),
        ])
    func refusedLists(text: String, message: String) {
        let error = #expect(throws: MatcherError.self) { try Matcher.parseAll(text) }
        #expect(error?.message == message)
    }

    @Test(
        "One matcher is one, whatever is in its value",
        arguments: [
            ("foo=bar", #"foo="bar""#), ("a=b,c=d", #"a="b,c=d""#), (" a =~ \"x\" ", #"a=~"x""#),
            (#""a b"="c","#, #""a b"="c""#),
            ("a=b,", #"a="b,""#),
        ])
    func one(text: String, matcher: String) throws { #expect(try Matcher.parse(text).text == matcher) }

    @Test(
        "What is not one matcher is refused in Alertmanager's words",
        arguments: [
            ("", "bad matcher format: "), ("{a=b}", "unexpected open or close brace: {a=b}"),
            ("a=b}", "unexpected open or close brace: a=b}"), ("bad{", "bad matcher format: bad{"),
            (#""a"="b","c"="d""#, #"bad matcher format: "a"="b","c"="d""#),
        ])
    func notOne(text: String, message: String) {
        let error = #expect(throws: MatcherError.self) { try Matcher.parse(text) }
        #expect(error?.message == message)
    }

    @Test(
        "A matcher's text gives the matcher back",
        arguments: ["", "a", "\"", "\\", "\\n", "\n", "a,b}", "\t\u{7}é\u{301}🙂", "\\\"", " x "],
        ["a", "a b", "é", "1", "a\"b", "{", "a\nb"])
    func roundTrip(value: String, name: String) throws {
        for comparison in [Matcher.Comparison.equal, .notEqual] {
            let matcher = try Matcher(name: name, comparison: comparison, value: value)
            #expect(try Matcher.parse(matcher.text) == matcher)
        }
    }

    @Test("Matchers are sorted by name, then value, then comparison")
    func order() throws {
        let sorted = try ["a!~a", "a=b", "a!=b", "a=~b", "a!~b", "b=a", "é=a"].map { try Matcher.parse($0) }
        #expect(sorted.reversed().sorted() == sorted)
    }

    @Test("Matchers compare bytes, not spellings")
    func bytes() throws {
        let matcher = try Matcher(name: "a", comparison: .equal, value: "é")
        #expect(matcher != (try Matcher(name: "a", comparison: .equal, value: "e\u{301}")))
        #expect(!matcher.matches(LabelSet([("a", "e\u{301}")])))
    }
}
