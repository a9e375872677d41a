import Logging
import Synchronization
import TocsinCore
import TocsinRedis
import TocsinSealing

/// The tenants' key rings, read from Redis once and kept.
///
/// A ring is a hash of key version → data key wrapped by the root key. The first node that needs a tenant's ring makes
/// its first key; `HSETNX` decides between two that do so at once.
final class SealerCache: Sendable {
    private struct Known {
        let sealer: Sealer
        /// The number of the master that is known to have these keys.
        let epoch: Int
    }

    let rootKey: RootKey
    private let redis: RedisClient
    private let shards: ShardMap
    let clock: any WallClock
    private let logger: Logger
    private let known = Mutex<[TenantID: Known]>([:])
    /// What sealed before a failover, by the lost key, where the keys have become others.
    private let replaced = Mutex<[TenantID: [[UInt8]: Sealer]]>([:])
    /// The current keys as they are kept beside what they sealed.
    private let wrapped = Mutex<[TenantID: (version: UInt32, bytes: [UInt8])]>([:])
    /// How many seals of each key are counted in Redis.
    private let notedUses = Mutex<[TenantID: [UInt32: UInt64]]>([:])
    private let readGeneration = Mutex("")
    private let algorithms = Mutex<[TenantID: SealingAlgorithm]>([:])

    /// Up to which change of the rings they have been read.
    var generation: String {
        get { readGeneration.withLock { $0 } }
        set { readGeneration.withLock { $0 = newValue } }
    }

    init(redis: RedisClient, shards: ShardMap, rootKey: RootKey, clock: any WallClock, logger: Logger) {
        self.redis = redis
        self.shards = shards
        self.rootKey = rootKey
        self.clock = clock
        self.logger = logger
    }

    /// What this process has sealed and not counted in Redis.
    func usesToNote() -> [KeyUse] {
        let rings = known.withLock { $0.values.map(\.sealer.ring) }
        return notedUses.withLock { noted in
            rings.flatMap { ring in
                ring.versions.compactMap { version -> KeyUse? in
                    let total = ring.key(version)?.sealsSinceStart ?? 0
                    let before = noted[ring.tenant]?[version] ?? 0
                    guard total > before else { return nil }
                    return KeyUse(tenant: ring.tenant, version: version, count: total - before, total: total)
                }
            }
        }
    }

    /// Takes note that uses are counted in Redis.
    func noted(_ use: KeyUse) { notedUses.withLock { $0[use.tenant, default: [:]][use.version] = use.total } }

    /// Sets the algorithm of keys made from now on.
    func setAlgorithm(_ algorithm: SealingAlgorithm, for tenant: TenantID) {
        algorithms.withLock { $0[tenant] = algorithm }
    }

    func sealer(for tenant: TenantID) async throws -> Sealer {
        let epoch = redis.topologyEpoch
        guard let known = known.withLock({ $0[tenant] }) else { return try await reload(tenant) }
        return known.epoch == epoch ? known.sealer : try await confirm(known.sealer, of: tenant, epoch: epoch)
    }

    /// The sealer that knows the key of `record`; reads the ring again if that key is newer than what is known.
    func sealer(for tenant: TenantID, toOpen record: [UInt8]) async throws -> Sealer {
        let sealer = try await sealer(for: tenant)
        guard let version = try? Sealer.keyVersion(of: record), sealer.ring.key(version) == nil else { return sealer }
        return try await reload(tenant)
    }

    /// Sees that a server which has become master has the keys that this node works with.
    ///
    /// A tenant's first key may have been made so shortly before the failover that the new master has not got it, and what
    /// is sealed under it could never be opened: it is put back. If another node has made another one meanwhile, that
    /// counts.
    private func confirm(_ sealer: Sealer, of tenant: TenantID, epoch: Int) async throws -> Sealer {
        let key = shards.keys(of: tenant).dataKeys(tenant)
        let commands = sealer.ring.versions.compactMap { sealer.ring.key($0) }.map { dataKey in
            var command = RedisCommand(.hsetnx)
            command.append(key)
            command.append(String(dataKey.version))
            command.append(rootKey.wrap(dataKey, tenant: tenant))
            return command
        }
        for result in try await redis.send(commands) { _ = try result.get() }
        let stored = try await stored(tenant)
        let isSame = (try? stored.keys.reduce(sealer.ring) { try $0.adding($1) }) != nil
        let confirmed = isSame ? sealer : Sealer(ring: try stored.ring(of: tenant))
        if !isSame { wrapped.withLock { _ = $0.removeValue(forKey: tenant) } }
        let entry = Known(sealer: confirmed, epoch: epoch)
        known.withLock { $0[tenant] = entry }
        return confirmed
    }

    /// A tenant's sealer, and its current key as Redis keeps it.
    func sealerWithKey(for tenant: TenantID) async throws -> (sealer: Sealer, wrapped: [UInt8]) {
        let sealer = try await sealer(for: tenant)
        let cached = wrapped.withLock { $0[tenant] }
        if let cached, cached.version == sealer.ring.currentVersion { return (sealer, cached.bytes) }
        let made = rootKey.wrap(sealer.ring.current, tenant: tenant)
        wrapped.withLock { $0[tenant] = (sealer.ring.currentVersion, made) }
        return (sealer, made)
    }

    /// Sees that what was sealed under a key can be opened at the server: it gets the key back if a failover lost it.
    ///
    /// If it has another one by now, what was sealed under the lost one is sealed again when it is restored.
    func ensure(_ wrapped: [UInt8], of tenant: TenantID) async throws {
        let lost = try rootKey.unwrap(wrapped, tenant: tenant)
        var put = RedisCommand(.hsetnx)
        var get = RedisCommand(.hget)
        put.append(shards.keys(of: tenant).dataKeys(tenant))
        get.append(shards.keys(of: tenant).dataKeys(tenant))
        put.append(String(lost.version))
        get.append(String(lost.version))
        put.append(wrapped)
        let answers = try await redis.send([put, get])
        guard let stored = try answers.last?.get().bytes else { throw StreamsError.malformed("a tenant's key ring") }
        let ring = KeyRing(tenant: tenant, key: lost)
        guard (try? ring.adding(try rootKey.unwrap(stored, tenant: tenant))) == nil else { return }
        let isNews = replaced.withLock { replaced in
            replaced[tenant, default: [:]].updateValue(Sealer(ring: ring), forKey: wrapped) == nil
        }
        guard isNews else { return }
        known.withLock { _ = $0.removeValue(forKey: tenant) }
        self.wrapped.withLock { _ = $0.removeValue(forKey: tenant) }
        _ = try await sealer(for: tenant)
        logger.warning(
            "a failover lost the tenant's key, and another was made since; what this node holds is sealed again",
            metadata: [LogKey.tenant: "\(tenant)"])
    }

    /// A batch that was sealed under a key that a failover lost is sealed again; any other is given back as it is.
    func renewed(_ sealed: [UInt8], of tenant: TenantID, shard: Int) throws -> [UInt8] {
        guard let old = replaced.withLock({ $0[tenant] }), let new = known.withLock({ $0[tenant]?.sealer }) else {
            return sealed
        }
        for sealer in old.values {
            guard let plain = try? sealer.open(sealed, shard: shard, purpose: .alerts, context: "") else { continue }
            return try new.seal(plain, shard: shard, purpose: .alerts)
        }
        return sealed
    }

    /// A tenant's ring as Redis has it.
    struct Stored {
        /// The oldest first.
        let keys: [DataKey]
        /// The version that seals; `nil` only without keys.
        let sealing: UInt32?

        func ring(of tenant: TenantID) throws(SealingError) -> KeyRing {
            try KeyRing(tenant: tenant, keys: keys, sealing: sealing)
        }
    }

    /// Reads a tenant's ring.
    func stored(_ tenant: TenantID) async throws -> Stored {
        let names = shards.keys(of: tenant)
        var command = RedisCommand(.get)
        command.append(names.sealingKey(tenant))
        let keys = try await redis.hgetall(names.dataKeys(tenant)).map { try rootKey.unwrap($0.value, tenant: tenant) }
            .sorted { $0.version < $1.version }
        let said = try await redis.send(command).string.flatMap { UInt32($0) }
        // A failover may have lost the key that was said to seal.
        return Stored(keys: keys, sealing: keys.contains { $0.version == said } ? said : keys.last?.version)
    }

    /// Reads all rings again that this process works with.
    func refresh() async throws {
        for tenant in known.withLock({ Array($0.keys) }) { _ = try await reload(tenant) }
    }

    private func reload(_ tenant: TenantID) async throws -> Sealer {
        let epoch = redis.topologyEpoch
        let key = shards.keys(of: tenant).dataKeys(tenant)
        var stored = try await stored(tenant)
        if stored.keys.isEmpty {
            let algorithm = algorithms.withLock { $0[tenant] } ?? .aes256GCM
            let first = DataKey.generate(version: 1, algorithm: algorithm, createdAt: clock.now())
            var command = RedisCommand(.hsetnx)
            command.append(key)
            command.append("1")
            command.append(rootKey.wrap(first, tenant: tenant))
            _ = try await redis.send(command)
            stored = try await self.stored(tenant)
        }
        let sealer = Sealer(ring: try stored.ring(of: tenant))
        known.withLock { $0[tenant] = Known(sealer: sealer, epoch: epoch) }
        return sealer
    }
}

extension Sealer {
    /// Opens a record, with the refusal as a value: one bad record is a result among others, not the end of a read.
    func opening(
        _ sealed: [UInt8], shard: Int, purpose: SealingPurpose, context: String = ""
    ) -> Result<[UInt8], SealingError> {
        do {
            return .success(try open(sealed, shard: shard, purpose: purpose, context: context))
        } catch {
            return .failure(error)
        }
    }
}
