import ArgumentParser

/// The one executable.
@main
struct Tocsin: AsyncParsableCommand {
    static let version = "0.1.0"
    /// The version of Alertmanager whose API this is: the one that amtool compares with its own.
    static let alertmanagerVersion = "0.25.0"

    static let configuration = CommandConfiguration(
        commandName: "tocsin",
        abstract: "Delivers alerts: durable, encrypted, for many tenants.",
        discussion: """
            Start everything on one machine:   tocsin serve --config deploy/example/tocsin.yaml
            Send a first alert:                tocsin alert send --tenant acme-premium --token TOKEN alertname=Test
            See what waits where:              tocsin status --config deploy/example/tocsin.yaml

            Exit codes: 0 done · 1 the answer is no · 64 wrong usage · 65 bad input · 69 a service is unavailable · \
            73 a file cannot be made · 75 try again later · 78 the configuration is wrong
            """,
        version: version,
        subcommands: [
            ServeCommand.self, IngestCommand.self, WorkerCommand.self, AlertmanagerCommand.self,
            CheckConfigCommand.self, StatusCommand.self,
            AlertCommand.self, DeadLettersCommand.self, RenderCommand.self, TenantCommand.self, BenchCommand.self,
        ])
}
