import ArgumentParser
import Foundation
import Logging
import TocsinConfiguration
import TocsinCore
import TocsinIngest

/// `tocsin alertmanager`.
struct AlertmanagerCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alertmanager", abstract: "Takes the place of an Alertmanager: its flags, its file, its API.",
        discussion: """
            Reads alertmanager.yml as it is and serves one tenant, everything in one process. Alerts and pending \
            notifications survive a restart: they are kept in a redis-server of its own in --storage.path, or in the one \
            that --redis names.

            With --cluster.peer the nodes that name each other share one Redis server: the first of them in the order of \
            their addresses starts it, on its --cluster.listen-address. All of them take alerts and deliver, and each alert \
            is delivered once, to whichever node it was sent.

            Example: tocsin alertmanager --config.file /etc/prometheus/alertmanager.yml --storage.path /var/lib/tocsin
            """)

    @OptionGroup var options: AlertmanagerOptions
    @OptionGroup var cluster: AlertmanagerClusterOptions

    func run() async throws {
        try await Output.run {
            let (format, level) = options.log
            LoggingSystem.bootstrap { _ in LineLogHandler(format: format, logLevel: level, clock: SystemClock()) }
            let logger = Logger(label: "tocsin")
            let web = try webDoor(logger: logger)
            let secrets = SecretSource.process(
                baseDirectory: URL(fileURLWithPath: options.configFile).deletingLastPathComponent().path)
            let source = ConfigurationSource.alertmanager(
                options.configFile, server: try options.server(isTLS: web?.isTLS ?? false),
                tenant: try options.tenantID,
                silences: max(0, options.maxSilences), secrets: secrets)
            let (loaded, issues) = source.load()
            for issue in issues { Output.note("\(issue)") }
            guard let loaded else {
                throw CommandError(
                    code: "configuration_invalid",
                    message: "the configuration \(options.configFile) cannot be used: see above", exitCode: .negative)
            }
            let node = Node(
                role: .serve, deployment: try await cluster.deployment(of: options, logger: logger), source: source,
                configuration: loaded, secrets: secrets, face: try face(web), logger: logger)
            try await node.run()
        }
    }

    private func webDoor(logger: Logger) throws -> WebDoor? {
        guard !options.webConfigFile.isEmpty else { return nil }
        do throws(WebConfigurationError) {
            return try WebDoor(path: options.webConfigFile, logger: logger)
        } catch {
            throw CommandError(code: error.code, message: error.message, exitCode: .negative)
        }
    }

    private func face(_ web: WebDoor?) throws -> NodeFace {
        var face = NodeFace()
        (face.listen, face.moreAddresses) = try options.listenAddresses
        face.pathPrefix = try options.pathPrefix
        if options.getConcurrency > 0 { face.maxReads = options.getConcurrency }
        face.address = cluster.ownAddress
        face.isClustered = !cluster.listenAddress.isEmpty
        face.web = web
        face.isOnlyTenant = true
        face.allowsOtherOrigins = true
        face.silenceRetention = options.retention.duration
        if options.maxSilenceBytes > 0 { face.maxSilenceBytes = options.maxSilenceBytes }
        if options.webTimeout.duration > .zero { face.bodyTimeout = options.webTimeout.duration }
        face.takesReloads = true
        face.reloadRestartsTimers = true
        return face
    }
}
