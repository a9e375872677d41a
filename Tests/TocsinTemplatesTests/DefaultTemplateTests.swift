import Foundation
import Testing
import TocsinTemplates

@Suite("The default templates")
struct DefaultTemplateTests {
    @Test("They render to the same bytes as Alertmanager's, for every kind of notification")
    func defaults() throws {
        let set = try TemplateSet.withDefaults()
        let notifications = try Fixtures.notifications()
        for golden in try Fixtures.load("defaults", as: [Fixtures.Golden].self) {
            let data = try notifications[golden.notification].orThrow()
            let output = try set.render(
                golden.snippet, as: golden.html ? .html : .text, data: data, in: Fixtures.environment)
            #expect(Array(output.utf8) == Array(golden.output.utf8), "\(golden.template) of \(golden.notification)")
        }
    }

    private static let folder = "/usr/share/prometheus/alertmanager"

    /// Alertmanager's own files, where its Debian package is installed.
    @Test(
        "Alertmanager's own files render to the same bytes",
        .enabled(if: FileManager.default.fileExists(atPath: folder + "/default.tmpl")))
    func files() throws {
        let sources = try ["default.tmpl", "email.tmpl"].map { name in
            (name: name, text: try String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8))
        }
        let set = try TemplateSet(sources: sources)
        let notifications = try Fixtures.notifications()
        for golden in try Fixtures.load("defaults", as: [Fixtures.Golden].self)
        where set.names.contains(golden.template) {
            let data = try notifications[golden.notification].orThrow()
            let output = try set.render(
                golden.snippet, as: golden.html ? .html : .text, data: data, in: Fixtures.environment)
            // The only difference between the versions.
            let expected = golden.output.replacing("https://schema.org", with: "http://schema.org")
            #expect(output == expected, "\(golden.template) of \(golden.notification)")
        }
    }
}
