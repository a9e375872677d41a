public import TocsinCore

/// What guards an HTTP door: a file in the form that Prometheus' programs share.
///
/// Form and meaning: `docs/web-configuration.md` of `prometheus/exporter-toolkit`, version 0.8 (that of Alertmanager 0.25)
/// and what later versions added.
public struct WebConfiguration: Sendable {
    /// How often requests may come, whoever sends them.
    public struct RateLimit: Sendable, Equatable {
        /// After how long another request is allowed.
        public var interval: Duration
        /// How many may come at once after a silence.
        public var burst: Int
    }

    /// The file, for messages.
    public let path: String
    /// How connections are encrypted, unchecked; `nil` if they are not.
    let tlsObject: AlertmanagerObject?
    /// Whether a connection over TLS may use HTTP/2.
    public let allowsHTTP2: Bool
    /// Headers for every answer.
    public let headers: [String: String]
    /// The bcrypt hashes of the users' passwords by their names; empty if everybody may come in.
    public let users: [String: Secret]
    /// `nil` for no limit.
    public let rateLimit: RateLimit?

    init(path: String, _ file: AlertmanagerObject?) {
        self.path = path
        tlsObject = file?.object("tls_server_config")
        let http = file?.object("http_server_config")
        if case .bool(false)? = http?["http2"] { allowsHTTP2 = false } else { allowsHTTP2 = true }
        headers = (http?.map("headers") ?? [:]).mapValues(\.text)
        users = (file?.map("basic_auth_users") ?? [:]).mapValues { Secret($0.text) }
        let limit = file?.object("rate_limit")
        let interval = limit.flatMap { GoDuration.parse($0.text("interval")) } ?? .zero
        rateLimit =
            interval == .zero
            ? nil : RateLimit(interval: interval, burst: Int(clamping: limit?.integer("burst") ?? 0))
    }
}

/// Why a file for an HTTP door is no good.
public struct WebConfigurationError: CodedError {
    /// A word that scripts can match; always `web_config_invalid`.
    public let code = "web_config_invalid"
    /// What is wrong, in the words of Prometheus' programs where they have some; never a secret.
    public let message: String

    /// An error about a file.
    public init(_ problem: String, in path: String) { message = "\(path): \(problem)" }
}
