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
    private let clock: any WallClock
    private let logger: Logger
    private let known = Mutex<[TenantID: Known]>([:])
    /// What sealed before a failover, where the keys have become others.
    private let replaced = Mutex<[TenantID: Sealer]>([:])
    private let algorithms = Mutex<[TenantID: SealingAlgorithm]>([:])

    init(redis: RedisClient, shards: ShardMap, rootKey: RootKey, clock: any WallClock, logger: Logger) {
        self.redis = redis
        self.shards = shards
        self.rootKey = rootKey
        self.clock = clock
        self.logger = logger
    }

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
            var command = RedisCommand("HSETNX")
            command.append(key)
            command.append(String(dataKey.version))
            command.append(rootKey.wrap(dataKey, tenant: tenant))
            return command
        }
        for result in try await redis.send(commands) { _ = try result.get() }
        let stored = try await redis.hgetall(key).map { try rootKey.unwrap($0.value, tenant: tenant) }
        var confirmed = sealer
        if (try? stored.reduce(sealer.ring) { try $0.adding($1) }) == nil {
            confirmed = Sealer(ring: try KeyRing(tenant: tenant, keys: stored))
            replaced.withLock { $0[tenant] = sealer }
            logger.warning(
                "a failover lost the tenant's key, and another was made since; what this node holds is sealed again",
                metadata: [LogKey.tenant: "\(tenant)"])
        }
        let entry = Known(sealer: confirmed, epoch: epoch)
        known.withLock { $0[tenant] = entry }
        return confirmed
    }

    /// Makes sure that what is restored of a tenant can be opened at a new master.
    func confirm(_ tenant: TenantID) async throws {
        guard known.withLock({ $0[tenant] }) != nil else { return }
        _ = try await sealer(for: tenant)
    }

    /// A batch that was sealed under a key that a failover lost is sealed again; any other is given back as it is.
    func renewed(_ sealed: [UInt8], of tenant: TenantID, shard: Int) throws -> [UInt8] {
        guard
            let (old, new) = replaced.withLock({ $0[tenant] }).flatMap({ old in
                known.withLock { $0[tenant]?.sealer }.map { (old, $0) }
            }), let plain = try? old.open(sealed, shard: shard, purpose: .alerts, context: "")
        else { return sealed }
        return try new.seal(plain, shard: shard, purpose: .alerts)
    }

    private func reload(_ tenant: TenantID) async throws -> Sealer {
        let epoch = redis.topologyEpoch
        let key = shards.keys(of: tenant).dataKeys(tenant)
        var stored = try await redis.hgetall(key)
        if stored.isEmpty {
            let algorithm = algorithms.withLock { $0[tenant] } ?? .aes256GCM
            let first = DataKey.generate(version: 1, algorithm: algorithm, createdAt: clock.now())
            var command = RedisCommand("HSETNX")
            command.append(key)
            command.append("1")
            command.append(rootKey.wrap(first, tenant: tenant))
            _ = try await redis.send(command)
            stored = try await redis.hgetall(key)
        }
        let keys = try stored.map { try rootKey.unwrap($0.value, tenant: tenant) }
        let sealer = Sealer(ring: try KeyRing(tenant: tenant, keys: keys))
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
