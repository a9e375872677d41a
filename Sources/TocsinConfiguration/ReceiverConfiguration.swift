import TocsinCore
public import TocsinRouting

/// A receiver of a tenant: what is the same for every kind, and the vendor's own settings.
public struct ReceiverConfiguration: Sendable {
    /// How fast a receiver may be served.
    public struct Rate: Sendable, Hashable {
        /// Requests per second, in the long run.
        public var perSecond: Double
        /// Requests at once.
        public var burst: Int
    }

    /// The oldest TLS that is spoken.
    public enum TLSVersion: String, Sendable, CaseIterable {
        case tls12 = "1.2"
        case tls13 = "1.3"
    }

    /// What its queue, its log and its limits go by, unique in the tenant: the name, or where one name stands for several
    /// integrations, as in Alertmanager's files, the name, the kind and a number.
    public let id: String
    /// The name, as users write it.
    public let name: String
    /// The integration, such as `slack`.
    public let channelType: String
    /// Whether it is used.
    public let enabled: Bool
    /// What is less severe is not told.
    public let minSeverity: Severity?
    /// Whether it is told of alerts that ended.
    public let sendResolved: Bool
    /// Requests at once, over all workers.
    public let maxConcurrency: Int
    /// How fast it may be served; `nil` for no limit.
    public let rate: Rate?
    /// After how long a notification is given up.
    public let deadline: Duration
    /// How long one attempt may take.
    public let timeout: Duration
    /// The first pause between attempts.
    public let retryInitial: Duration
    /// The longest pause between attempts.
    public let retryMaximum: Duration
    /// The oldest TLS that is spoken.
    public let minimumTLS: TLSVersion
    /// The vendor's settings, read by its integration.
    public let config: ConfigurationNode
    /// The path of ``config``, for messages.
    public let configPath: String

    /// - Returns: `nil` if there is no name or kind.
    init?(_ reader: MappingReader) {
        defer { reader.finish() }
        let name = reader.requiredString("name")
        let type = reader.requiredString("channel_type")
        enabled = reader.bool("enabled") ?? true
        minSeverity = reader.string("min_severity").flatMap { word in
            let severity = Severity(word: word)
            if severity == nil {
                reader.report(
                    "value_invalid", "expected info, warning, error or critical", name: "min_severity")
            }
            return severity
        }
        sendResolved = reader.bool("send_resolved") ?? true
        maxConcurrency = reader.int("max_concurrency", in: 1...1000) ?? 4
        let pace = reader.mapping("rate")
        rate = pace.double("per_second", in: 0.001...100_000).map {
            Rate(perSecond: $0, burst: pace.int("burst", in: 1...100_000) ?? max(1, Int($0)))
        }
        _ = pace.int("burst", in: 1...100_000)
        pace.finish()
        let retry = reader.mapping("retry")
        retryInitial = retry.duration("initial", in: .milliseconds(10)...(.seconds(3600))) ?? .seconds(1)
        retryMaximum = retry.duration("maximum", in: .milliseconds(10)...(.seconds(86_400))) ?? .seconds(300)
        retry.finish()
        deadline = reader.duration("deadline", in: .seconds(1)...(.seconds(30 * 86_400))) ?? .seconds(86_400)
        minimumTLS = reader.oneOf("min_tls_version", TLSVersion.self) ?? .tls13
        let vendor = reader.mapping("config")
        timeout = vendor.duration("timeout", in: .milliseconds(100)...(.seconds(300))) ?? .seconds(10)
        config = reader.node("config") ?? .empty(at: reader.place)
        configPath = vendor.path
        guard let name, let type else { return nil }
        // Names of receivers become parts of keys in Redis, which use the colon to separate.
        guard name.utf8.count <= 128, !name.contains(where: { $0 == ":" || $0.isWhitespace }) else {
            reader.report("value_invalid", "a name has at most 128 bytes, no colon and no space", name: "name")
            return nil
        }
        id = name
        self.name = name
        channelType = type
    }

    /// One of the integrations of a receiver of an Alertmanager file, with this product's defaults for what such a file
    /// cannot say.
    init(
        id: String, name: String, channelType: String, sendResolved: Bool, timeout: Duration, config: ConfigurationNode,
        configPath: String
    ) {
        self.id = id
        self.name = name
        self.channelType = channelType
        self.sendResolved = sendResolved
        self.timeout = timeout
        self.config = config
        self.configPath = configPath
        enabled = true
        minSeverity = nil
        // Alertmanager has no limit.
        maxConcurrency = 64
        rate = nil
        deadline = .seconds(86_400)
        retryInitial = .seconds(1)
        retryMaximum = .seconds(300)
        // Alertmanager's own default for its clients.
        minimumTLS = .tls12
    }
}
