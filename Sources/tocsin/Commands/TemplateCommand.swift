import ArgumentParser
import Foundation
import TocsinAlerts
import TocsinCore
import TocsinDispatch
import TocsinTemplates

/// `tocsin template`.
struct TemplateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "template", abstract: "Tries the templates of messages.", subcommands: [Render.self])

    /// `tocsin template render`.
    struct Render: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "render", abstract: "Renders a template on a sample, or on alerts of your own.",
            discussion: """
                Templates are written in Go's language with Alertmanager's functions, and may call its default templates \
                such as slack.default.title. Errors name the template, the line and the column.

                Example: tocsin template render --text '{{ template "slack.default.title" . }}'
                         tocsin template render my.tmpl --text '{{ template "my.text" . }}' --alerts alerts.json
                         curl -s localhost:9093/api/v2/alerts | tocsin template render --alerts - --text '{{ .Alerts | len }}'
                """)

        @Argument(help: "Files with templates.") var files: [String] = []
        @Option(help: "The text to render.") var text: String
        @Flag(help: "Escape values for HTML, as in e-mails.") var html = false
        @Option(help: "A file with alerts as the API v2 shows or takes them; - for standard input. Default: a sample.")
        var alerts: String?
        @Option(help: "Labels by which the alerts were put together, with commas between them.") var groupBy =
            "alertname"
        @Option(help: "The receiver's name.") var receiver = "default"
        @Option(help: "text or json.") var output: OutputFormat = .text

        private struct Report: Encodable { let text: String }

        func run() async throws {
            try await Output.run(output) {
                let rendered = try render()
                switch output {
                case .text: Output.line(rendered)
                case .json: try Output.json(Report(text: rendered))
                }
            }
        }

        private func render() throws -> String {
            let now = SystemClock().now()
            let set = try TemplateSet.withDefaults(
                and: try files.map { (name: $0, text: String(decoding: try Self.read($0), as: UTF8.self)) })
            let compiled = try set.compile(text, as: html ? .html : .text, name: "--text")
            return try compiled.render(
                NotificationData.value(of: try notification(now: now)),
                in: TemplateEnvironment(now: now, zoneFile: { ZoneFiles.bytes(of: $0) }))
        }

        private func notification(now: Timestamp) throws -> TocsinAlerts.Notification {
            let bytes = try alerts.map { try Self.read($0) } ?? Array(Self.sample.utf8)
            let payload = try AlertScanner.scan(bytes, limits: AlertLimits()).payload
            let decoded = try AlertDecoder.decode(payload, receivedAt: now, resolveTimeout: .seconds(300))
            guard let first = decoded.first, let tenant = TenantID("sample") else {
                throw CommandError(code: "no_alerts", message: "the input holds no alert", exitCode: .badData)
            }
            let names = Set(groupBy.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
            let labels = first.labels.keeping(names)
            return Notification(
                id: NotificationID("00000000-0000-0000-0000-000000000000"), tenant: tenant, receiver: receiver,
                groupKey: "{}:" + labels.alertmanagerText, groupLabels: labels,
                alerts: decoded.map { NotifiedAlert(alert: $0, status: $0.isResolved(at: now) ? .resolved : .firing) },
                truncatedAlerts: 0, reason: .firstNotification, externalURL: "http://localhost:9093", createdAt: now,
                sequence: 1)
        }

        private static func read(_ path: String) throws -> [UInt8] {
            let data =
                path == "-"
                ? FileHandle.standardInput.readDataToEndOfFile() : FileManager.default.contents(atPath: path)
            guard let data else {
                throw CommandError(
                    code: "file_unreadable", message: "the file \(path) cannot be read", exitCode: .badData)
            }
            return Array(data)
        }

        private static let sample = """
            [{"labels":{"alertname":"HighLatency","instance":"a:1","service":"api","severity":"critical"},\
            "annotations":{"summary":"p95 > 100 ms","runbook_url":"http://wiki/latency"},\
            "generatorURL":"http://prometheus/graph?g0.expr=x"},\
            {"labels":{"alertname":"HighLatency","instance":"b:1","service":"api","severity":"critical"},\
            "annotations":{"summary":"p95 > 100 ms","runbook_url":"http://wiki/latency"},\
            "startsAt":"2026-01-01T00:00:00Z","endsAt":"2026-01-01T01:00:00Z"}]
            """
    }
}
