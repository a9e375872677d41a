public import TocsinCore

/// The names of the keys of one shard.
///
/// Nothing outside this module knows them.
///
/// Every key of a shard carries the same hash tag, so that one script may touch them all on a Redis Cluster too, and so
/// that a shard is what moves between servers.
struct ShardKeys: Sendable, Hashable {
    let shard: Int
    /// `tocsin:{s07}:`.
    let prefix: String
    /// The one key that every function is given; it forms the others from it.
    let agenda: String

    init(shard: Int) {
        self.shard = shard
        prefix = "tocsin:{s" + (shard < 10 ? "0" : "") + "\(shard)}:"
        agenda = prefix + "agenda"
    }

    var workBell: String { prefix + "bell:work" }
    var outboxBell: String { prefix + "bell:outbox" }

    func alerts(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):alerts" }
    func group(_ tenant: TenantID, _ group: GroupID) -> String { "\(prefix)\(tenant.name):g:\(group.text)" }
    func ledger(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):ledger" }
    func meta(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):meta" }
    func timers(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):timers" }
    func dataKeys(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):keys" }
    /// The version of the data key that seals; none for the highest.
    func sealingKey(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):keys:sealing" }
    /// Since when nothing needs an old data key, as far as was seen: version → ms.
    func idleKeys(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):keys:idle" }
    /// How often each data key has sealed.
    func keyUses(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):keys:uses" }
    /// The names of some of the batches that were accepted within ten seconds.
    func seen(_ batch: SealedBatch.ID, at time: Timestamp) -> String {
        "\(prefix)seen:\(time.milliseconds / 10_000):\(batch.set)"
    }
    func silences(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):silences" }
    func meeting(_ tenant: TenantID, _ meeting: String) -> String { "\(prefix)\(tenant.name):i:\(meeting)" }
    func tokens(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):tokens" }
    func deadLetterIndex(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):deadlog" }
    func deliveries(_ tenant: TenantID, _ receiver: String) -> String { "\(prefix)\(tenant.name):d:\(receiver)" }
    func retries(_ tenant: TenantID, _ receiver: String) -> String { deliveries(tenant, receiver) + ":r" }
    func waiting(_ tenant: TenantID, _ receiver: String) -> String { deliveries(tenant, receiver) + ":h" }
    func health(_ tenant: TenantID, _ receiver: String) -> String { deliveries(tenant, receiver) + ":m" }

    func maskingSubjects(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):subjects" }
    func trail(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):trail" }
    /// The tenants of the shard whose audit logs have entries that are in no tree yet.
    var auditPending: String { prefix + "audit:pending" }
    /// Entries that are in no tree yet.
    func auditQueue(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):audit:queue" }
    /// The newest tree head.
    func auditHead(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):audit:head" }
    /// A tile of an audit log: hashes of a level, or entries.
    func auditTile(_ tenant: TenantID, _ level: Int?, _ index: UInt64) -> String {
        "\(prefix)\(tenant.name):audit:t:\(level.map(String.init) ?? "e"):\(index)"
    }
    func auditSigners(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):audit:signers" }
    func auditSubjects(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):audit:subjects" }
    func auditCosigned(_ tenant: TenantID) -> String { "\(prefix)\(tenant.name):audit:cosigned" }

    /// All nodes of the cluster, whatever their shard: id → its report.
    ///
    /// Two more keys begin like this.
    static let nodes = "tocsin:{fleet}:nodes"
    /// Which autoscaler is in charge, and what was decided.
    static let autoscaler = "tocsin:{fleet}:autoscaler"
    /// Which node seals records anew.
    static let reseal = "tocsin:{fleet}:reseal"
    /// Which node puts entries into the audit logs' trees.
    static let audit = "tocsin:{fleet}:audit"
    /// How fast vendors may be asked, whoever asks: one key for each limit begins like this.
    static let pace = "tocsin:{fleet}:pace"
    /// A word that changes whenever key rings have changed.
    static let keyGeneration = "tocsin:{fleet}:keys:generation"
    /// Who is changing them now.
    static let keyLock = "tocsin:{fleet}:keys:lock"
    /// The id of the root key under which this deployment's data keys are wrapped.
    static let rootKeyID = "tocsin:{fleet}:root"
}

/// Which shard a tenant lives on.
public struct ShardMap: Sendable, Hashable {
    /// How many shards there are; fixed for the life of a deployment.
    public let count: Int

    /// A map over `count` shards, 1 to 1024.
    public init(count: Int) {
        precondition((1...1024).contains(count), "between 1 and 1024 shards")
        self.count = count
    }

    /// The shard of a tenant: FNV-1a (32 bit) of its name, modulo the number of shards.
    public func shard(of tenant: TenantID) -> Int {
        var hash: UInt32 = 0x811C_9DC5
        for byte in tenant.name.utf8 { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
        return Int(hash % UInt32(count))
    }

    func keys(of tenant: TenantID) -> ShardKeys { ShardKeys(shard: shard(of: tenant)) }
}

/// The name of a group inside a tenant: a keyed hash of its route and labels, as hexadecimal text.
public struct GroupID: Sendable, Hashable {
    /// 32 hexadecimal digits.
    public let text: String
    /// Takes a keyed hash as hexadecimal text.
    public init(_ text: String) { self.text = text }
}

/// The name of one worker process, unique to each start of it, so that it is a fencing token as well.
public struct WorkerID: Sendable, Hashable {
    /// The name: host, process number and a random part.
    public let text: String
    /// Takes a name that no other process has or had.
    public init(_ text: String) { self.text = text }
}
