public import TocsinCore
public import TocsinIdentity

/// What `tocsin.yaml` says about the cluster itself.
public struct ServerConfiguration: Sendable {
    /// A Redis server that is not ours.
    public struct Redis: Sendable {
        /// The address.
        public var url: Secret
        /// CA certificates in PEM form, besides the system's.
        public var caFile: String?
        /// Files of our own certificates and of their key, in PEM form; `nil` to show none.
        public var identity: (certificateFile: String, keyFile: String)?
        /// The ACL user at the Sentinels; `nil` for the default one.
        public var sentinelUsername: String?
        /// The password at the Sentinels; `nil` for none.
        public var sentinelPassword: Secret?
        /// The ACL user; `nil` for the default one.
        public var username: String?
        /// The password; `nil` for none.
        public var password: Secret?
        /// Connections that callers share.
        public var connections: Int
    }

    /// The door for alerts.
    public struct Ingest: Sendable {
        /// The address to listen on.
        public var host = "127.0.0.1"
        /// The port to listen on; 0 for any.
        public var port = 9093
        /// Whether every request must carry a token.
        public var requireToken = true
        /// Whether a proxy in front has checked the caller, so that `X-Scope-OrgID` may be believed.
        public var trustScopeHeader = false
        /// For which tenant a request is that names none.
        public var defaultTenant: TenantID?
        /// The largest body, in bytes.
        public var maxBodyBytes = 4 << 20
        /// How long an accepted batch is kept by this node too, to be given to a new master of Redis; zero for not at all.
        public var ringTime: Duration = .seconds(60)
        /// The most bytes of batches that are kept so.
        public var ringBytes = 64 << 20
        /// A directory in which they are also written to disk; `nil` for memory alone.
        public var ringJournal: String?
        /// How long the replicas or the disk may take to confirm what a tenant's durability asks for.
        public var confirmTimeout: Duration = .seconds(1)
        /// The share of Redis' `maxmemory` above which no alerts are taken, so that what was taken can be dealt with.
        public var memoryShare = 0.9
        /// A file in the form of Prometheus' web configuration, with TLS for the door; `nil` for plain HTTP.
        public var webConfigFile: String?
        /// A file with the clients' certificates that their authorities have taken back, in PEM form; `nil` for none.
        public var clientRevocations: String?
        /// Whose JSON Web Tokens are believed.
        public var jwt: [JWTSettings] = []
        /// Who is known by the certificate of its connection.
        public var clientCertificates: [CertificateCaller] = []
    }

    /// The worker's measures.
    public struct Worker: Sendable {
        /// Tenants' turns at once.
        public var turns = 4
        /// Deliveries under way at once.
        public var deliveriesInFlight = 64
        /// How long a turn may last.
        public var lease: Duration = .seconds(4)
        /// How long a worker that is asked to stop waits for its deliveries.
        public var drainTimeout: Duration = .seconds(30)
    }

    /// Where the root key is.
    public enum RootKeySource: Sendable {
        case file(String)
        case environment(String)
        case service(KeyServiceConfiguration)
    }

    /// The audit log.
    public struct Audit: Sendable, Hashable {
        /// How long entries are kept in Redis; zero for ever.
        ///
        /// The hashes over each 256 of them stay.
        public var keep: Duration = .seconds(365 * 86_400)
        /// The most entries of a log that are kept in Redis; 0 for all.
        public var mostEntries = 100_000
        /// A directory to which the node in charge copies all logs, and without which nothing is forgotten then.
        public var archive: String?
        /// Where this node keeps its witness' key and what it has seen; `nil` for the data directory where there is one, and
        /// for no witness elsewhere.
        public var witnessFile: String?
        /// The witness' name; `nil` for the host's.
        public var witnessName: String?
    }

    /// What is logged.
    public struct Log: Sendable {
        /// How much is logged.
        public enum Level: String, Sendable, CaseIterable { case trace, debug, info, notice, warning, error, critical }
        /// The form of log lines.
        public enum Format: String, Sendable, CaseIterable { case logfmt, json }

        /// What is logged at least.
        public var level = Level.info
        /// The form of a line.
        public var format = Format.logfmt
    }

    /// The way out.
    public struct Delivery: Sendable {
        /// CA certificates in PEM form that receivers' servers may have, besides the system's.
        public var caFile: String?
        /// Networks that receivers may be in although not everybody can reach them.
        public var allowedNetworks: [IPNetwork] = []
    }

    /// The door for alerts.
    public var ingest = Ingest()
    /// The address under which users reach this deployment; notifications link to it.
    public var externalURL = ""
    /// Where the embedded Redis and the root key are kept.
    public var dataDirectory = "data"
    /// `nil` for the embedded server.
    public var redis: Redis?
    /// How many parts the tenants are spread over; the same for the life of a deployment.
    public var shards = 64
    /// The worker's measures.
    public var worker = Worker()
    /// Where the root key is; `nil` for the defaults.
    public var rootKey: RootKeySource?
    /// How old a tenant's sealing key may become before it is replaced; zero for as old as it likes.
    public var rotateKeysAfter: Duration = .seconds(30 * 86_400)
    /// How long after it was replaced a sealing key is destroyed, once nothing needs it; zero for never.
    public var retireKeysAfter: Duration = .seconds(86_400)
    /// The audit log.
    public var audit = Audit()
    /// What is logged.
    public var log = Log()
    /// The way out.
    public var delivery = Delivery()
    /// How large the pool of workers is to be.
    public var autoscaler = AutoscalerConfiguration()

    /// A configuration in which everything is at its default.
    public init() {}
}

extension ServerConfiguration {
    /// Reads `tocsin.yaml`.
    init(_ reader: MappingReader) {
        if let listen = reader.string("listen") {
            if let address = ServerConfiguration.address(listen) {
                (ingest.host, ingest.port) = address
            } else {
                reader.report("value_invalid", "expected an address such as 127.0.0.1:9093", name: "listen")
            }
        }
        dataDirectory = reader.string("data_dir") ?? dataDirectory
        shards = reader.int("shards", in: 1...1024) ?? shards
        readIngest(reader.mapping("ingest"))
        readWorker(reader.mapping("worker"))
        if reader.has("redis") { readRedis(reader.mapping("redis")) }
        if reader.has("root_key") { readRootKey(reader.mapping("root_key")) }
        let keys = reader.mapping("keys")
        rotateKeysAfter = keys.duration("rotate_after", in: .zero...(.seconds(3650 * 86_400))) ?? rotateKeysAfter
        retireKeysAfter = keys.duration("retire_after", in: .zero...(.seconds(3650 * 86_400))) ?? retireKeysAfter
        keys.finish()
        let auditing = reader.mapping("audit")
        audit.keep = auditing.duration("keep", in: .zero...(.seconds(36_500 * 86_400))) ?? audit.keep
        audit.mostEntries = auditing.int("most_entries", in: 0...1_000_000_000) ?? audit.mostEntries
        audit.archive = auditing.string("archive")
        audit.witnessFile = auditing.string("witness_file")
        audit.witnessName = auditing.string("witness_name")
        if let name = audit.witnessName, name.isEmpty || name.contains(where: { $0.isWhitespace || $0 == "+" }) {
            auditing.report(
                "value_invalid", "expected a name without white space and '+', such as witness-eu", name: "witness_name"
            )
        }
        auditing.finish()
        let logging = reader.mapping("log")
        log.level = logging.oneOf("level", Log.Level.self) ?? log.level
        log.format = logging.oneOf("format", Log.Format.self) ?? log.format
        logging.finish()
        let out = reader.mapping("delivery")
        delivery.caFile = out.string("ca_file")
        delivery.allowedNetworks = out.networks("allow_networks")
        out.finish()
        if reader.has("autoscaler") { autoscaler = AutoscalerConfiguration(reader.mapping("autoscaler")) }
        externalURL = reader.url("external_url")?.reveal() ?? "http://\(ingest.host):\(ingest.port)"
        reader.finish()
    }

    private mutating func readIngest(_ reader: MappingReader) {
        ingest.requireToken = reader.bool("require_token") ?? ingest.requireToken
        ingest.trustScopeHeader = reader.bool("trust_scope_header") ?? ingest.trustScopeHeader
        ingest.defaultTenant = reader.tenant("default_tenant")
        ingest.webConfigFile = reader.string("web_config_file")
        ingest.clientRevocations = reader.string("client_revocations")
        if ingest.clientRevocations != nil, ingest.webConfigFile == nil {
            reader.report(
                "value_missing", "without a web_config_file there are no client certificates",
                name: "client_revocations")
        }
        ingest.maxBodyBytes = reader.int("max_body_bytes", in: 1024...(256 << 20)) ?? ingest.maxBodyBytes
        ingest.ringTime = reader.duration("ring_time", in: .zero...(.seconds(3600))) ?? ingest.ringTime
        ingest.ringBytes = reader.int("ring_bytes", in: 65_536...(16 << 30)) ?? ingest.ringBytes
        ingest.ringJournal = reader.string("ring_journal")
        let patience: ClosedRange<Duration> = .milliseconds(10)...(.milliseconds(2500))
        ingest.confirmTimeout = reader.duration("confirm_timeout", in: patience) ?? ingest.confirmTimeout
        ingest.memoryShare = reader.double("memory_share", in: 0.1...1) ?? ingest.memoryShare
        ingest.jwt = reader.mappings("jwt").compactMap(JWTSettings.init)
        ingest.clientCertificates = reader.mappings("client_certificates").compactMap(CertificateCaller.init)
        reader.finish()
    }

    private mutating func readWorker(_ reader: MappingReader) {
        worker.turns = reader.int("turns", in: 1...256) ?? worker.turns
        worker.deliveriesInFlight = reader.int("deliveries_in_flight", in: 1...10_000) ?? worker.deliveriesInFlight
        worker.lease = reader.duration("lease", in: .seconds(1)...(.seconds(60))) ?? worker.lease
        worker.drainTimeout = reader.duration("drain_timeout", in: .zero...(.seconds(3600))) ?? worker.drainTimeout
        reader.finish()
    }

    private mutating func readRedis(_ reader: MappingReader) {
        guard let url = reader.requiredString("url") else { return reader.finish() }
        let (certificate, key) = (reader.string("cert_file"), reader.string("key_file"))
        if (certificate == nil) != (key == nil) {
            reader.report("value_missing", "cert_file and key_file go together: one is of no use without the other")
        }
        redis = Redis(
            url: Secret(url), caFile: reader.string("ca_file"),
            identity: certificate.flatMap { certificate in key.map { (certificate, $0) } },
            sentinelUsername: reader.string("sentinel_username"),
            sentinelPassword: reader.secret("sentinel_password"), username: reader.string("username"),
            password: reader.secret("password"), connections: reader.int("connections", in: 1...64) ?? 2)
        reader.finish()
    }

    private mutating func readRootKey(_ reader: MappingReader) {
        let sources: [RootKeySource?] =
            [reader.string("file").map { .file($0) }, reader.string("environment").map { .environment($0) }]
            + KeyServiceConfiguration.Kind.allCases.map { kind in
                KeyServiceConfiguration(kind, in: reader).map { .service($0) }
            }
        let given = sources.compactMap { $0 }
        if given.count == 1 {
            rootKey = given[0]
        } else {
            reader.report("value_invalid", "expected one of 'file', 'environment', 'transit' and 'aws_kms'")
        }
        reader.finish()
    }

    /// Reads `host:port`, `[address]:port` or `:port`.
    static func address(_ text: String) -> (host: String, port: Int)? {
        guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
            (0...65_535).contains(port)
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        return (host.isEmpty ? "0.0.0.0" : String(host), port)
    }
}
