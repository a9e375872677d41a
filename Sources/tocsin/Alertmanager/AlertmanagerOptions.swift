import ArgumentParser
import Foundation
import Logging
import TocsinConfiguration
import TocsinCore

/// Alertmanager's own flags, but for those of its cluster.
///
/// Names and defaults are those of 0.25, and of later versions where 0.25 has none; what has no meaning here is taken and
/// left alone, so that a package's service file works as it is. ``IgnoredAlertmanagerOptions`` says why.
struct AlertmanagerOptions: ParsableArguments {
    @Option(name: .customLong("config.file"), help: "Alertmanager's configuration file.")
    var configFile = "alertmanager.yml"

    @Option(name: .customLong("storage.path"), help: "The directory for the embedded Redis and the root key.")
    var storagePath = "data/"

    @Option(
        help:
            "Redis instead of the embedded server: redis://, redis-sentinel:// or redis-cluster://, with rediss… for TLS, or unix://."
    )
    var redis: String?

    @Option(help: "A file with the root key. Default: root.key in the storage path.")
    var rootKeyFile: String?

    @Option(help: "The tenant under which everything is kept.")
    var tenant = "default"

    @Option(name: .customLong("web.listen-address"), help: "Address to listen on; may be repeated.")
    var listen: [String] = []

    @Option(
        name: .customLong("web.config.file"),
        help: "A file with TLS, users and headers for the HTTP door, as Prometheus' programs take it.")
    var webConfigFile = ""

    @Flag(name: .customLong("web.systemd-socket"), help: "Refused: name an address with --web.listen-address.")
    var takesSystemdSocket = false

    @Option(name: .customLong("web.external-url"), help: "The URL under which users reach this server.")
    var externalURL: String?

    @Option(name: .customLong("web.route-prefix"), help: "What stands before every path. Default: external URL's path.")
    var routePrefix: String?

    @Option(
        name: .customLong("web.get-concurrency"), help: "The most lists at once; 0 for one a core, at least 8.")
    var getConcurrency = 0

    @Option(
        name: .customLong("web.timeout"),
        help: "How long a request's body may take; 0 for 30s. The answer has bounds of its own.")
    var webTimeout = GoDurationOption.zero

    @Option(
        name: .customLong("data.retention"),
        help: "How long ended silences are kept. What was notified is kept as long as its group, and no shorter.")
    var retention = GoDurationOption(.seconds(120 * 3600))

    @Option(name: .customLong("silences.max-silences"), help: "The most silences, ended ones too; 0 for no limit.")
    var maxSilences = 0

    @Option(
        name: .customLong("silences.max-silence-size-bytes"),
        help: "The most bytes of a silence as it is posted; 0 for 1 MiB.")
    var maxSilenceBytes = 0

    @Option(name: .customLong("log.level"), help: "debug, info, warn or error.")
    var logLevel = AlertmanagerLogLevel.info

    @Option(name: .customLong("log.format"), help: "logfmt or json.")
    var logFormat = LogFormat.logfmt

    @OptionGroup(title: "Taken, without effect here") var ignored: IgnoredAlertmanagerOptions

    /// The form and the least level of log lines.
    var log: (LogFormat, Logger.Level) { (logFormat, logLevel.level) }

    var tenantID: TenantID {
        get throws {
            guard let id = TenantID(tenant) else {
                throw ValidationError(
                    "--tenant: a tenant's name has 1 to 64 small letters, digits, '-', '_' or '.', and starts with a "
                        + "letter or digit")
            }
            return id
        }
    }

    /// Where the door is.
    var listenAddresses: (first: ListenAddress, more: [ListenAddress]) {
        get throws {
            let addresses = try (listen.isEmpty ? [":9093"] : listen).map { text in
                guard let address = ListenAddress(argument: text) else {
                    throw ValidationError("--web.listen-address: expected host:port or :port, not '\(text)'")
                }
                return address
            }
            return (addresses[0], Array(addresses.dropFirst()))
        }
    }

    /// What stands before every path: `/` at the front, none at the end, or nothing.
    var pathPrefix: String {
        get throws {
            let path = try routePrefix ?? URLComponents(string: externalAddress(isTLS: false))?.path ?? ""
            let trimmed = path.trimmingCharacters(in: ["/"])
            return trimmed.isEmpty ? "" : "/" + trimmed
        }
    }

    /// The external URL without a slash at its end.
    ///
    /// - Parameter isTLS: Whether the HTTP door is encrypted, which decides where nobody has named a URL.
    func externalAddress(isTLS: Bool) throws -> String {
        let text: String
        if let externalURL {
            text = externalURL
        } else {
            text = "\(isTLS ? "https" : "http")://\(HostName.own):\(try listenAddresses.first.port)"
        }
        guard let scheme = URLComponents(string: text)?.scheme, scheme == "http" || scheme == "https" else {
            throw ValidationError("--web.external-url: only 'http' and 'https' are supported, not '\(text)'")
        }
        var trimmed = text[...]
        while trimmed.hasSuffix("/") { trimmed = trimmed.dropLast() }
        return String(trimmed)
    }

    /// What an Alertmanager file does not say about the server.
    func server(isTLS: Bool) throws -> ServerConfiguration {
        var server = ServerConfiguration()
        server.ingest.requireToken = false
        server.ingest.defaultTenant = try tenantID
        server.ingest.maxBodyBytes = 64 << 20
        server.externalURL = try externalAddress(isTLS: isTLS)
        server.dataDirectory = storagePath
        return server
    }

    func validate() throws {
        guard !takesSystemdSocket else {
            throw ValidationError(
                "--web.systemd-socket is not supported: disable the socket unit and name the address with "
                    + "--web.listen-address")
        }
        _ = try listenAddresses
        _ = try tenantID
        _ = try externalAddress(isTLS: false)
    }
}

/// The levels that Alertmanager's log has.
enum AlertmanagerLogLevel: String, ExpressibleByArgument, CaseIterable {
    case debug
    case info
    case warn
    case error

    var level: Logger.Level {
        switch self {
        case .debug: .debug
        case .info: .info
        case .warn: .warning
        case .error: .error
        }
    }
}

extension AlertmanagerLogLevel: Sendable {}
