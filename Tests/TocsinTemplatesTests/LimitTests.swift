import Dispatch
import Foundation
import Synchronization
import Testing
import TocsinCore
import TocsinTemplates

@Suite("Limits of templates")
struct LimitTests {
    private static let environment = Fixtures.environment

    @Test(
        "What would not end, or take too much, ends with an error that says so",
        arguments: [
            #"{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}"#,
            #"{{ define "a" }}{{ template "b" . }}{{ end }}{{ define "b" }}{{ template "a" . }}{{ end }}{{ template "a" . }}"#,
            #"{{ define "a" }}{{ if true }}{{ range list 1 }}{{ with 1 }}{{ print (print (1)) }}{{ template "a" }}{{ end }}{{ end }}{{ end }}{{ end }}{{ template "a" }}"#,
            #"{{ $s := "xxxxxxxxxxxxxxxx" }}\#(doubling(40, #"{{ $s = printf "%s%s" $s $s }}"#)){{ $s }}"#,
            #"{{ $s := "xxxxxxxxxxxxxxxx" }}\#(doubling(40, "{{ $s = print $s $s }}"))"#,
            #"{{ $l := list 1 2 3 4 }}\#(doubling(60, "{{ $l = list $l $l }}")){{ $l }}"#,
            #"{{ $l := list 1 2 3 4 }}\#(doubling(14, "{{ $l = list $l $l $l $l }}")){{ print $l }}"#,
            #"{{ $l := list 1 2 3 4 }}\#(doubling(14, "{{ $l = list $l $l $l $l }}")){{ toJson $l }}"#,
            #"{{ $l := list 1 2 3 4 }}\#(doubling(14, "{{ $l = list $l $l $l $l }}")){{ $l }}"#,
            #"<script>{{ $l := list 1 2 3 4 }}\#(doubling(14, "{{ $l = list $l $l $l $l }}")){{ $l }}</script>"#,
            #"{{ $l := list 1 2 3 4 }}\#(doubling(6, "{{ $l = list $l $l $l $l }}")){{ printf "%1000000d" $l }}"#,
            #"{{ printf "%1000000d%1000000d" 1 2 }}"#,
            #"{{ printf "%*d%*d" 1000000 1 1000000 1 }}"#,
            #"{{ $s := "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }}\#(doubling(12, "{{ $s = print $s $s }}")){{ reReplaceAll "a" $s $s }}"#,
            #"{{ $s := "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" }}\#(doubling(12, "{{ $s = print $s $s }}")){{ match "(((a{1,9}){1,9}){1,9})b" $s }}"#,
            #"{{ $l := list 1 2 3 4 5 6 7 8 9 0 }}{{ range $l }}{{ range $l }}{{ range $l }}{{ range $l }}{{ range $l }}{{ range $l }}{{ range $l }}{{ end }}{{ end }}{{ end }}{{ end }}{{ end }}{{ end }}{{ end }}"#,
            String(repeating: "{{ if true }}", count: 1000),
            "{{ " + String(repeating: "(", count: 1000) + "1",
            String(repeating: "{{ define \"x\" }}{{ if 1 }}{{ else if 1 }}", count: 1)
                + String(repeating: "{{ else if 1 }}", count: 500),
        ])
    func ends(template: String) throws {
        for form in [TemplateSet.Form.text, .html] {
            let error = try #require(throws: TemplateError.self) {
                try TemplateSet().render(template, as: form, data: .none, in: Self.environment)
            }
            #expect(error.kind == .limit || (form == .html && error.kind == .escaping), "\(error)")
        }
    }

    private static func doubling(_ count: Int, _ action: String) -> String {
        String(repeating: action, count: count)
    }

    @Test("The output is no longer than allowed")
    func output() throws {
        let environment = TemplateEnvironment(now: .epoch, limits: TemplateLimits(outputBytes: 10))
        #expect(try TemplateSet().render("0123456789", data: .none, in: environment) == "0123456789")
        let error = #expect(throws: TemplateError.self) {
            try TemplateSet().render("0123456789x", data: .none, in: environment)
        }
        #expect(error?.code == "template_limit")
    }

    /// The deepest recursions there are, on a stack as small as those of Swift's own threads.
    @Test(
        "The deepest nesting that is allowed fits on a stack of 512 KiB",
        arguments: [
            #"{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}"#,
            #"{{ define "a" }}{{ with 1 }}{{ print (print (print (print 1))) }}{{ template "a" (print (print (print 1))) }}{{ end }}{{ end }}{{ template "a" . }}"#,
            #"{{ define "a" }}{{ range list 1 }}{{ template "a" . }}{{ end }}{{ end }}{{ template "a" . }}"#,
            "{{ " + String(repeating: "(print ", count: 59) + "1" + String(repeating: ")", count: 59) + "}}",
            String(repeating: "{{ if true }}", count: 59) + "x" + String(repeating: "{{ end }}", count: 59),
            "{{ " + String(repeating: "(", count: 10_000),
            "{{ if 1 }}" + String(repeating: "{{ else if 1 }}", count: 10_000),
        ])
    func stack(template: String) {
        let outcomes = Mutex<[String]>([])
        let ended = DispatchSemaphore(value: 0)
        let thread = Thread {
            for form in [TemplateSet.Form.text, .html] {
                let outcome: String
                do {
                    outcome = try TemplateSet().render(template, as: form, data: .none, in: Self.environment)
                } catch {
                    outcome = "\(error)"
                }
                outcomes.withLock { $0.append(outcome) }
            }
            ended.signal()
        }
        thread.stackSize = 512 * 1024
        thread.start()
        #expect(ended.wait(timeout: .now() + 20) == .success)
        #expect(outcomes.withLock(\.count) == 2)
        #expect(outcomes.withLock { $0.allSatisfy { !$0.isEmpty } })
    }

    @Test(
        "An error in a template that is called is an error, whatever variables the blocks around the call have",
        arguments: ["if true", "with 1", "range list 1", "range $i, $x := list 1 2"])
    func failedCall(block: String) throws {
        let template = #"""
            {{ define "a" }}{{ $x := 1 }}{{ .Nope.x }}{{ end -}}
            {{ $a := 1 }}{{ $b := 2 }}{{ \#(block) }}{{ $c := 3 }}{{ template "a" . }}{{ end }}
            """#
        for form in [TemplateSet.Form.text, .html] {
            let error = try #require(throws: TemplateError.self) {
                try TemplateSet().render(template, as: form, data: .string("x"), in: Self.environment)
            }
            #expect("\(error)".contains(#"executing "a""#), "\(error)")
        }
    }

    @Test("Errors tell where they are")
    func places() throws {
        let set = try TemplateSet(sources: [("mine.tmpl", "{{ define \"a\" }}\nx {{ .Nope.x }}\n{{ end }}")])
        let data = try Fixtures.notifications()["firing"].orThrow()
        let error = #expect(throws: TemplateError.self) {
            try set.render(#"{{ template "a" . }}"#, data: data, in: Self.environment)
        }
        #expect(error?.source == "mine.tmpl")
        #expect(error?.line == 2)
        #expect(error?.column == 6)
        let text =
            #"template: mine.tmpl:2:6: executing "a" at <.Nope.x>: can't evaluate field Nope in type *template.Data"#
        #expect(error?.message == text)
        let syntax = #expect(throws: TemplateError.self) {
            try TemplateSet(sources: [("bad.tmpl", "a\n\n {{ nope }}")])
        }
        #expect(syntax?.message == #"template: bad.tmpl:3:5: function "nope" not defined"#)
    }

    @Test("Later sources replace definitions of earlier ones, but not by empty ones")
    func overriding() throws {
        let set = try TemplateSet(sources: [
            ("a", #"{{ define "x" }}1{{ end }}{{ define "y" }}1{{ end }}top a"#),
            ("b", #"{{ define "x" }}2{{ end }}{{ define "y" }} {{ end }}"#),
        ])
        let text = #"{{ template "x" }}{{ template "y" }}{{ template "a" }}"#
        #expect(try set.render(text, data: .none, in: Self.environment) == "21top a")
        #expect(set.names == ["a", "b", "x", "y"])
    }
}
