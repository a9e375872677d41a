import ArgumentParser

/// The program: called as `alertmanager` or `prometheus-alertmanager`, as a link of that name does, it is
/// `tocsin alertmanager`.
@main
enum Program {
    static func main() async {
        var arguments = Array(CommandLine.arguments.dropFirst())
        let name = CommandLine.arguments.first?.split(separator: "/").last
        if name == "alertmanager" || name == "prometheus-alertmanager" { arguments.insert("alertmanager", at: 0) }
        if arguments.first == AlertmanagerCommand.configuration.commandName {
            arguments = AlertmanagerArguments.read(arguments)
        }
        await Tocsin.main(arguments)
    }
}

/// The one executable.
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
            ServeCommand.self, IngestCommand.self, WorkerCommand.self, AutoscalerCommand.self, AlertmanagerCommand.self,
            CheckConfigCommand.self, ImportCommand.self,
            StatusCommand.self, NodeCommand.self, RedisAdminCommand.self,
            AlertCommand.self, ExplainCommand.self, DeadLettersCommand.self, ReceiverCommand.self, RenderCommand.self,
            TemplateCommand.self,
            TenantCommand.self, TokenCommand.self, KeysCommand.self, AuditCommand.self, PermissionsCommand.self,
            MaskingCommand.self,
            BenchCommand.self,
        ])
}
