import Testing
import TocsinCore
import TocsinTemplates
import TocsinTesting

@Suite("Random templates")
struct FuzzTests {
    private static let words = [
        "{{", "}}", "{{-", "-}}", " ", "\n", "if", "else", "end", "range", "with", "define", "template", "block",
        "break",
        "continue", "$x", ":=", "=", "|", "(", ")", ".", ".Alerts", ".Labels", "\"", "'", "`", "\"a\"", "1", "-1",
        "nil",
        "printf", "index", "slice", "eq", "lt", "len", "and", "list", "dict", "append", "reReplaceAll", "date", "now",
        "<a href=\"", "\">", "<script>", "</script>", "<style>", "style='", "onclick=", "<!--", "-->", "/*", "*/", "//",
        "é", "\u{0}", "\\", "%", "&", "<", ",", "{{ end }}", "{{ . }}", "{{ range .Alerts }}", "{{ if true }}",
    ]

    @Test("No change of a template makes it crash or hang", arguments: [UInt64(1), 2, 3, 20_261_124])
    func mutations(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let data = try Fixtures.notifications()["mixed"].orThrow()
        let snippets = try Fixtures.load("snippets", as: [Fixtures.Snippet].self)
        var environment = Fixtures.environment
        environment.limits = TemplateLimits(steps: 50_000, outputBytes: 100_000)
        var rendered = 0
        for _ in 0..<1500 {
            let template = try Self.mutated(snippets.randomElement(using: &random).orThrow().template, &random)
            for form in [TemplateSet.Form.text, .html] {
                do throws(TemplateError) {
                    let output = try TemplateSet().render(template, as: form, data: data, in: environment)
                    #expect(output.utf8.count <= 100_000)
                    rendered += 1
                } catch {
                    #expect(!error.detail.isEmpty && error.line >= 1 && error.column >= 1, "seed \(seed): \(template)")
                }
            }
        }
        #expect(rendered > 100, "seed \(seed)")
    }

    private static func mutated(_ template: String, _ random: inout SeededGenerator) throws -> String {
        var text = Array(template.unicodeScalars)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let place = Int.random(in: 0...text.count, using: &random)
            switch Int.random(in: 0..<3, using: &random) {
            case 0: text.insert(contentsOf: try words.randomElement(using: &random).orThrow().unicodeScalars, at: place)
            case 1 where place < text.count:
                text.removeSubrange(place..<min(text.count, place + Int.random(in: 1...5, using: &random)))
            default:
                let start = Int.random(in: 0...place, using: &random)
                text.insert(contentsOf: text[start..<place], at: Int.random(in: 0...text.count, using: &random))
            }
        }
        return String(String.UnicodeScalarView(text))
    }

    @Test("No damage to a zone's file makes it crash", arguments: [UInt64(7), 8])
    func zones(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let file = try Fixtures.environment.zoneFile("Europe/Berlin").orThrow()
        var told = 0
        for _ in 0..<500 {
            var bytes = file
            for _ in 0..<3 {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            if Bool.random(using: &random) { bytes.removeLast(Int.random(in: 0...bytes.count, using: &random)) }
            let damaged = bytes
            let environment = TemplateEnvironment(now: Timestamp(milliseconds: 4_000_000_000_000)) { _ in damaged }
            let output = try? TemplateSet().render(
                #"{{ tz "X/Y" now }} {{ tz "X/Y" (toDate "2006" "1999") }}"#, data: .none, in: environment)
            if output != nil { told += 1 }
        }
        #expect(told > 50, "seed \(seed)")
    }
}
