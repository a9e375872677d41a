import ArgumentParser
import TocsinAudit
import TocsinConfiguration
import TocsinCore
import TocsinStreams

extension KeysCommand {
    /// `tocsin keys reseal`.
    struct Reseal: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "reseal", abstract: "Seals under the newest key what is under older ones, and destroys those.",
            discussion: """
                Nothing stops meanwhile. Nodes do this by themselves every hour; a key is destroyed when nothing has needed it
                for keys.retire_after (24h).

                Example: tocsin keys reseal --tenant acme
                """)

        @OptionGroup var choice: Choice
        @Flag(help: "Destroys no key.") var keepKeys = false
        @Option(help: "text or json.") var output: OutputFormat = .text
        @OptionGroup var deployment: DeploymentOptions

        func run() async throws {
            try await Output.run(output) {
                let reports = try await deployment.withStreams { streams, configuration in
                    let age = configuration.server.retireKeysAfter
                    let progress = ProgressLine()
                    defer { progress.end() }
                    let owners = try choice.owners(configuration).map(\.id)
                    var reports = try await streams.reseal(owners, idleAfter: age) {
                        progress.show("looked at \($0) keys of Redis")
                    }
                    for index in reports.indices where !keepKeys && age > .zero {
                        try await streams.destroyKeys(&reports[index], recorder: streams.recorder, by: .command)
                    }
                    return reports.map(named)
                }
                switch output {
                case .json: try Output.json(reports)
                case .text: show(reports)
                }
            }
        }

        private func named(_ report: ResealReport) -> ResealReport {
            var report = report
            if report.tenant == TenantID.deployment.name { report.tenant = AuditLog.name(of: .deployment) }
            return report
        }

        private func show(_ reports: [ResealReport]) {
            guard !reports.isEmpty else { return Output.line("each has one key: there is nothing to do") }
            for report in reports {
                var text = "\(report.tenant): \(report.resealed) sealed anew"
                if report.left > 0 {
                    let keys = report.neededKeys.map(String.init).joined(separator: ", ")
                    text += ", \(report.left) still need key \(keys)"
                }
                if report.unreadable > 0 { text += ", \(report.unreadable) open with no key" }
                if !report.destroyedKeys.isEmpty {
                    text += ", destroyed key " + report.destroyedKeys.map(String.init).joined(separator: ", ")
                }
                Output.line(text)
            }
        }
    }
}
