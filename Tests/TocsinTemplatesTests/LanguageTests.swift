import Testing
import TocsinTemplates

@Suite("Go's template languages")
struct LanguageTests {
    @Test("Every snippet gives what Go gives, or Go's error")
    func snippets() throws {
        let data = try Fixtures.notifications()["mixed"].orThrow()
        let set = TemplateSet()
        for snippet in try Fixtures.load("snippets", as: [Fixtures.Snippet].self) {
            let form: TemplateSet.Form = snippet.html == true ? .html : .text
            do throws(TemplateError) {
                let output = try set.render(snippet.template, as: form, data: data, in: Fixtures.environment)
                #expect(output == snippet.output, "\(form) \(snippet.template), Go: \(snippet.error ?? "")")
            } catch {
                let expected = snippet.error ?? "no error"
                #expect(error.detail.contains(expected), "\(form) \(snippet.template): \(error.message)")
            }
        }
    }

    @Test(
        "What newer versions of Go have",
        arguments: [
            (#"{{ with "" }}a{{ else with "b" }}{{ . }}{{ else }}c{{ end }}"#, "b"),
            (#"{{ with "" }}a{{ else with "" }}b{{ else }}c{{ end }}"#, "c"),
            (#"{{ $x := 0 }}{{ range $x = list 1 2 }}{{ $x }}{{ end }}{{ $x }}"#, "122"),
            (#"{{ $i := 0 }}{{ $x := 0 }}{{ range $i, $x = list 5 6 }}{{ end }}{{ $i }}{{ $x }}"#, "16"),
        ])
    func newer(template: String, expected: String) throws {
        #expect(try TemplateSet().render(template, data: .none, in: Fixtures.environment) == expected)
    }

    /// Places in a document, `X` being where a value from an alert stands.
    private static let places = [
        "X", "<p>X</p>", #"<p title="X">"#, "<p title='X'>", "<p title=X>", "<p X>", "<p X=1>", #"<a href="X">"#,
        "<a href=X>",
        #"<a href="/?q=X">"#, #"<img srcset="X">"#, "<title>X</title>", "<textarea>X</textarea>", "<!-- X -->",
        "<script>x = X</script>", #"<script>x = "X"</script>"#, "<script>x = 'X'</script>", "<script>x = /X/</script>",
        "<script>// X\n</script>", "<style>p { color: X }</style>", #"<style>p { content: "X" }</style>"#,
        "<style>p { x: url(X) }</style>", #"<p style="color: X">"#, #"<a onclick="f('X')">"#, "<a onclick='f(X)'>",
        #"<script type="text/template">X</script>"#,
    ]

    @Test("No value from an alert becomes markup or code, wherever it stands", arguments: places)
    func harmless(place: String) throws {
        let payloads = [
            "</script><img src=x onerror=alert(1)>", "\"><img src=x onerror=alert(1)>",
            "'><img src=x onerror=alert(1)>",
            "--><img src=x onerror=alert(1)>", "</style><img src=x onerror=alert(1)>", "javascript:alert(1)",
            "</title></textarea><img src=x onerror=alert(1)>", "';alert(1);//", "\";alert(1);//", "x onerror=alert(1)",
        ]
        for payload in payloads {
            let template = place.replacing("X", with: "{{ . }}")
            let output = try TemplateSet().render(template, as: .html, data: .string(payload), in: Fixtures.environment)
            #expect(!output.contains("<img src=x"), "\(output)")
            #expect(!output.contains(#"href="javascript:"#) && !output.contains("href=javascript:"), "\(output)")
            // In a string that others end, a quote of the one kind is only a character.
            #expect(!place.contains("'X'") || !output.contains("';alert"), "\(output)")
            #expect(!output.contains(#"x = "";alert"#), "\(output)")
            let isUnquoted = ["=X>", "<p X"].contains(where: place.contains)
            #expect(!isUnquoted || !output.contains(" onerror="), "\(output)")
        }
    }
}
