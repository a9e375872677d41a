import ArgumentParser
import Foundation
import Logging
import TocsinConfiguration
import TocsinCore

/// Alertmanager's own flags, but for those of its cluster.
///
/// Names and defaults are those of 0.25, and of later versions where 0.25 has none; what has no meaning here is taken and
/// left alone, so that a package's service file works as it is.
struct AlertmanagerOptions: ParsableArguments {
    @Option(name: .customLong("config.file"), help: "Alertmanager's configuration file.")
    var configFile = "alertmanager.yml"

    @Option(name: .customLong("storage.path"), help: "The directory for the embedded Redis and the root key.")
    var storagePath = "data/"

    @Option(help: "A Redis server instead of the embedded one: redis://, rediss:// or unix://.")
    var redis: String?

    @Option(help: "A file with the root key. Default: root.key in the storage path.")
    var rootKeyFile: String?

    @Option(help: "The tenant under which everything is kept.")
    var tenant = "default"

    @Option(name: .customLong("web.listen-address"), help: "Address to listen on.")
    var listen: [String] = []

    @Option(name: .customLong("web.external-url"), help: "The URL under which users reach this server.")
    var externalURL: String?

    @Option(name: .customLong("web.route-prefix"), help: "What stands before every path. Default: external URL's path.")
    var routePrefix: String?

    @Option(
        name: .customLong("web.get-concurrency"), help: "The most GET requests at once; 0 for one a core, at least 8.")
    var getConcurrency = 0

    @Option(name: .customLong("silences.max-silences"), help: "The most silences; 0 for no limit.")
    var maxSilences = 0

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

    var listenAddress: ListenAddress {
        get throws {
            guard listen.count <= 1 else { throw ValidationError("--web.listen-address can be given once") }
            let text = listen.first ?? ":9093"
            guard let address = ListenAddress(argument: text) else {
                throw ValidationError("--web.listen-address: expected host:port or :port, not '\(text)'")
            }
            return address
        }
    }

    /// What stands before every path: `/` at the front, none at the end, or nothing.
    var pathPrefix: String {
        get throws {
            let path = try routePrefix ?? URLComponents(string: externalAddress)?.path ?? ""
            let trimmed = path.trimmingCharacters(in: ["/"])
            return trimmed.isEmpty ? "" : "/" + trimmed
        }
    }

    /// The external URL without a slash at its end.
    var externalAddress: String {
        get throws {
            let text: String
            if let externalURL {
                text = externalURL
            } else {
                text = "http://\(HostName.own):\(try listenAddress.port)"
            }
            guard let scheme = URLComponents(string: text)?.scheme, scheme == "http" || scheme == "https" else {
                throw ValidationError("--web.external-url: only 'http' and 'https' are supported, not '\(text)'")
            }
            var trimmed = text[...]
            while trimmed.hasSuffix("/") { trimmed = trimmed.dropLast() }
            return String(trimmed)
        }
    }

    /// What an Alertmanager file does not say about the server.
    var server: ServerConfiguration {
        get throws {
            var server = ServerConfiguration()
            server.ingest.requireToken = false
            server.ingest.defaultTenant = try tenantID
            server.ingest.maxBodyBytes = 64 << 20
            server.externalURL = try externalAddress
            server.dataDirectory = storagePath
            return server
        }
    }

    func validate() throws {
        _ = try listenAddress
        _ = try tenantID
        _ = try externalAddress
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

/// Flags of Alertmanager for things that work in another way here.
///
/// Times at which memory is tidied and written to disk, the places of web pages and templates, how its gossip goes: there
/// is nothing of the kind.
struct IgnoredAlertmanagerOptions: ParsableArguments {
    @Option(name: .customLong("data.retention"), help: "How long Alertmanager keeps ended silences: here 120h.")
    var retention: String?
    @Option(name: .customLong("data.maintenance-interval")) var maintenanceInterval: String?
    @Option(name: .customLong("alerts.gc-interval")) var gcInterval: String?
    @Option(name: .customLong("alerts.per-alertname-limit")) var alertnameLimit: String?
    @Option(name: .customLong("silences.max-silence-size-bytes")) var maxSilenceBytes: String?
    @Option(name: .customLong("dispatch.maintenance-interval")) var dispatchInterval: String?
    @Option(name: .customLong("dispatch.start-delay")) var startDelay: String?
    @Option(name: .customLong("web.timeout")) var webTimeout: String?
    @Option(name: .customLong("web.ui-path")) var uiPath: String?
    @Option(name: .customLong("template.default")) var defaultTemplate: String?
    @Option(name: .customLong("enable-feature")) var features: [String] = []
    @Option(name: .customLong("auto-gomemlimit.ratio")) var memoryRatio: String?
    @Flag(name: .customLong("log.silences")) var logsSilences = false
    @Option(name: .customLong("cluster.peer-timeout")) var peerTimeout: String?
    @Option(name: .customLong("cluster.peers-resolve-timeout")) var resolveTimeout: String?
    @Option(name: .customLong("cluster.gossip-interval")) var gossipInterval: String?
    @Option(name: .customLong("cluster.pushpull-interval")) var pushPullInterval: String?
    @Option(name: .customLong("cluster.tcp-timeout")) var tcpTimeout: String?
    @Option(name: .customLong("cluster.probe-timeout")) var probeTimeout: String?
    @Option(name: .customLong("cluster.probe-interval")) var probeInterval: String?
    @Option(name: .customLong("cluster.settle-timeout")) var settleTimeout: String?
    @Option(name: .customLong("cluster.reconnect-interval")) var reconnectInterval: String?
    @Option(name: .customLong("cluster.reconnect-timeout")) var reconnectTimeout: String?
    @Option(name: .customLong("cluster.peer-name")) var peerName: String?
    @Flag(name: .customLong("cluster.allow-insecure-public-advertise-address-discovery"))
    var allowsPublicAddress = false
}
