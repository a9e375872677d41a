public import TocsinAlerts
public import TocsinCore
public import TocsinIdentity
public import TocsinRouting
public import TocsinSealing

/// What is configured for one tenant.
public struct TenantConfiguration: Sendable {
    /// Who the tenant is, for people.
    public struct Metadata: Sendable, Hashable {
        /// The name, as users write it.
        public var name = ""
        /// The tier: premium, standard or basic.
        public var tier = "standard"
        /// The service level, in words.
        public var slaLevel = ""
        /// Whom to ask.
        public var contactTeam = ""
    }

    /// How much the tenant may send.
    public struct Limits: Sendable, Hashable {
        /// Alerts that may wait.
        public var queuedAlerts = 1_000_000
        /// Alerts per second, in the long run; 0 for no limit.
        public var alertsPerSecond = 0.0
        /// Alerts at once, above the rate.
        public var burst = 10_000
        /// Silences that it may have, those that have ended lately too; 0 for no limit.
        public var silences = 10_000
        /// The most bytes that are kept of what was decided of its alerts; 0 for nothing.
        public var trailBytes = 262_144
        /// Of one request and its alerts.
        public var alerts = AlertLimits()
    }

    /// The name.
    public let id: TenantID
    /// Who the tenant is, for people.
    public var metadata = Metadata()
    /// The share of the workers' time, against the other tenants'.
    public var weight = 2
    /// How records are sealed.
    public var algorithm = SealingAlgorithm.aes256GCM
    /// What an accepted alert survives.
    public var durability = Durability.memory
    /// How much the tenant may send.
    public var limits = Limits()
    /// What is allowed only to callers who show two credentials, a token and a client certificate.
    public var twoCredentials: Set<Permission> = []
    /// What is taken out of alerts before they are kept.
    public var masking = MaskingPolicy([])
    /// What kinds of channels must not be told.
    public var messageRules = MessageRule.standard
    /// After how long an alert without an end counts as ended.
    public var resolveTimeout: Duration = .seconds(300)
    /// Who is told of what.
    public var route = RouteDefinition()
    /// Whom to tell; several with one name are told together.
    public var receivers: [ReceiverConfiguration] = []
    /// The names that routes may name, also of receivers that tell nobody.
    public var receiverNames: [String] = []
    /// The configuration in the form of Alertmanager's file with its defaults, without secrets, where it came from one.
    public var alertmanagerText: String?
    /// Which alerts mute which.
    public var inhibitRules: [InhibitRule] = []
    /// Files with templates that receivers' texts may call.
    public var templateFiles: [String] = []
    /// Time intervals that routes name.
    public var timeIntervals: [String: [CalendarInterval]] = [:]
}

extension TenantConfiguration {
    private static let weights = ["premium": 4, "standard": 2, "basic": 1]

    /// Reads a tenant.
    init(id: TenantID, _ reader: MappingReader) {
        self.id = id
        readMetadata(reader.mapping("metadata"))
        weight = TenantConfiguration.weights[metadata.tier] ?? 2
        weight = reader.int("weight", in: 1...100) ?? weight
        algorithm = reader.oneOf("encryption", SealingAlgorithm.self) ?? algorithm
        readDurability(reader)
        resolveTimeout = reader.duration("resolve_timeout", in: .seconds(1)...(.seconds(86_400))) ?? resolveTimeout
        readLimits(reader.mapping("limits"))
        masking = MaskingPolicy(reader.mappings("masking").compactMap(MaskingRuleReader.read))
        if reader.has("message_rules") { messageRules = reader.mappings("message_rules").compactMap(MessageRule.init) }
        twoCredentials = reader.permissions("two_credentials") ?? []
        var names: Set<String> = []
        for item in reader.mappings("receivers") {
            guard let receiver = ReceiverConfiguration(item) else { continue }
            guard names.insert(receiver.name).inserted else {
                item.report("receiver_twice", "there are two receivers '\(receiver.name)'", name: "name")
                continue
            }
            receivers.append(receiver)
        }
        receiverNames = receivers.map(\.name)
        inhibitRules = reader.mappings("inhibit_rules").map(InhibitRuleReader.read)
        readTimeIntervals(reader)
        readTemplates(reader)
        let isRouted = reader.has("route")
        route = RouteReader(receivers: names, timeIntervals: Set(timeIntervals.keys)).read(reader.mapping("route"))
        if !isRouted { route.groupBy = .labels(["alertname"]) }
        // Without a word about who is told, everybody is: an alert that nobody hears is the worse mistake.
        if route.receivers == nil { route.receivers = receivers.filter(\.enabled).map(\.name) }
        if receivers.isEmpty {
            reader.report("no_receivers", "the tenant has no receivers: nobody is told", severity: .warning)
        }
        reader.finish()
    }

    private mutating func readDurability(_ reader: MappingReader) {
        guard let text = reader.string("durability") else { return }
        if let known = Durability(text) {
            durability = known
        } else {
            reader.report(
                "value_invalid",
                "expected memory, fsync or replicated:n with n from \(Durability.replicas.lowerBound) to "
                    + "\(Durability.replicas.upperBound)", name: "durability")
        }
    }

    private mutating func readTimeIntervals(_ reader: MappingReader) {
        for item in reader.mappings("time_intervals") {
            defer { item.finish() }
            let intervals = item.mappings("time_intervals").map(TimeIntervalReader.read)
            guard let name = item.requiredString("name") else { continue }
            if timeIntervals.updateValue(intervals, forKey: name) != nil {
                item.report("time_interval_twice", "there are two time intervals '\(name)'", name: "name")
            }
        }
    }

    private mutating func readTemplates(_ reader: MappingReader) {
        for pattern in reader.stringList("templates") ?? [] {
            let files = AlertmanagerPath.matches(AlertmanagerPath.join(reader.directory, pattern))
            if files.isEmpty {
                reader.report(
                    "templates_missing", "no file fits '\(pattern)'", name: "templates", severity: .warning)
            }
            templateFiles += files.filter { !templateFiles.contains($0) }
        }
    }

    private mutating func readMetadata(_ reader: MappingReader) {
        metadata.name = reader.string("name") ?? id.name
        metadata.tier = reader.string("tier") ?? metadata.tier
        metadata.slaLevel = reader.string("sla_level") ?? ""
        metadata.contactTeam = reader.string("contact_team") ?? ""
        if TenantConfiguration.weights[metadata.tier] == nil {
            reader.report(
                "value_invalid", "expected premium, standard or basic", name: "tier", severity: .warning)
        }
        reader.finish()
    }

    private mutating func readLimits(_ reader: MappingReader) {
        limits.queuedAlerts = reader.int("queued_alerts", in: 1...1_000_000_000) ?? limits.queuedAlerts
        limits.alertsPerSecond = reader.double("alerts_per_second", in: 0...1e9) ?? limits.alertsPerSecond
        limits.burst = reader.int("burst", in: 1...1_000_000_000) ?? limits.burst
        limits.trailBytes = reader.int("trail_bytes", in: 0...(1 << 30)) ?? limits.trailBytes
        limits.silences = reader.int("silences", in: 0...10_000_000) ?? limits.silences
        limits.alerts.maxBodyBytes = reader.int("max_body_bytes", in: 1024...(256 << 20)) ?? limits.alerts.maxBodyBytes
        limits.alerts.maxAlerts = reader.int("max_alerts", in: 1...1_000_000) ?? limits.alerts.maxAlerts
        limits.alerts.maxLabels = reader.int("max_labels", in: 1...10_000) ?? limits.alerts.maxLabels
        reader.finish()
    }
}
