import ArgumentParser
import Foundation
import Logging
import TocsinConfiguration
import TocsinCore
import TocsinIngest

/// Where a node listens.
struct ListenAddress: ExpressibleByArgument {
    let host: String
    let port: Int

    init?(argument: String) {
        guard let colon = argument.lastIndex(of: ":"), let port = Int(argument[argument.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        let name = String(argument[..<colon]).trimmingCharacters(in: ["[", "]"])
        host = name.isEmpty ? "0.0.0.0" : name
        self.port = port
    }
}

/// A duration as the configuration takes it: `30s`, `1m30s`, `0`; a day at most.
struct DurationOption: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard let duration = DurationText.parse(argument), duration <= .seconds(86_400) else { return nil }
        self.duration = duration
    }
}

extension LogFormat: ExpressibleByArgument {}

/// The levels of the log, as an option takes them.
enum LogLevelOption: String, ExpressibleByArgument, CaseIterable {
    case trace
    case debug
    case info
    case notice
    case warning
    case error
    case critical
}

/// Options of the commands that run a node.
struct NodeOptions: ParsableArguments {
    @OptionGroup var deployment: DeploymentOptions

    @Option(
        help: """
            Host and port for senders, default: listen of the configuration. For a worker: of its probes and metrics, \
            default: none.
            """)
    var listen: ListenAddress?

    @Option(help: "logfmt or json. Default: log.format of the configuration.")
    var logFormat: LogFormat?

    @Option(help: "trace, debug, info, notice, warning, error or critical. Default: log.level of the configuration.")
    var logLevel: LogLevelOption?

    @Option(
        help: ArgumentHelp(
            "Also write what was just accepted to files in this directory, for a new master of Redis.",
            valueName: "directory"))
    var ringJournal: String?
    @Option(help: "How long deliveries may take to end after SIGTERM. Default: worker.drain_timeout, else 30s.")
    var drainTimeout: DurationOption?

    @Option(
        help: "How long /-/ready says no before connections are closed. Default: 5s for ingest, 0s otherwise.")
    var shutdownDelay: DurationOption?

    @Flag(help: "Let other processes of this host listen at the same address; the kernel shares connections out.")
    var reusePort = false

    func run(_ role: NodeRole) async throws {
        try await Output.run {
            let configuration = try deployment.load()
            let format = logFormat ?? LogFormat(rawValue: configuration.server.log.format.rawValue) ?? .logfmt
            let level = Logger.Level(rawValue: logLevel?.rawValue ?? configuration.server.log.level.rawValue) ?? .info
            LoggingSystem.bootstrap { _ in LineLogHandler(format: format, logLevel: level, clock: SystemClock()) }
            let secrets = SecretSource.process(
                baseDirectory: URL(fileURLWithPath: deployment.config).deletingLastPathComponent().path)
            let logger = Logger(label: "tocsin")
            let webFile = role.takesAlerts ? configuration.server.ingest.webConfigFile : nil
            let web = try webFile.map {
                try WebDoor(path: $0, revocations: configuration.server.ingest.clientRevocations, logger: logger)
            }
            let node = Node(
                role: role, deployment: try await deployment.deployment(configuration, role: role),
                source: .native(deployment.config, secrets: secrets), configuration: configuration, secrets: secrets,
                face: NodeFace(listen: listen, web: web, sharesPort: reusePort, ringJournal: ringJournal),
                ending: NodeEnding(
                    shutdownDelay: shutdownDelay?.duration ?? (role == .ingest ? .seconds(5) : .zero),
                    drainTimeout: drainTimeout?.duration), logger: logger)
            try await node.run()
        }
    }
}

/// `tocsin serve`.
struct ServeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve", abstract: "Runs everything in one process.",
        discussion: """
            With no Redis named, starts a redis-server of its own on a Unix socket in the data directory.

            Example: tocsin serve --config deploy/example/tocsin.yaml --data-dir ./data
            """)

    @OptionGroup var options: NodeOptions

    func run() async throws { try await options.run(.serve) }
}

/// `tocsin ingest`.
struct IngestCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ingest", abstract: "Takes alerts and queues them; any number may share one Redis.",
        discussion: "Example: tocsin ingest --config tocsin.yaml --redis redis://10.0.0.5:6379 --listen 0.0.0.0:9093")

    @OptionGroup var options: NodeOptions

    func run() async throws { try await options.run(.ingest) }
}

/// `tocsin worker`.
struct WorkerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "worker", abstract: "Routes and delivers; any number may share one Redis.",
        discussion: "Example: tocsin worker --config tocsin.yaml --redis redis://10.0.0.5:6379")

    @OptionGroup var options: NodeOptions

    func run() async throws { try await options.run(.worker) }
}
