import Synchronization
public import TocsinCore
import TocsinRedis
import TocsinSealing

/// The keys of what a tenant's masking has encrypted: one for each person, address or number.
///
/// A key is kept for a minute, so that what is erased is forgotten by every node within that.
final class MaskingSubjects: Sendable {
    static let patience = Duration.seconds(60)
    static let most = 65_536

    struct Name: Hashable {
        let tenant: TenantID
        let subject: String
    }

    private let known = Mutex<[Name: (key: [UInt8], until: Timestamp)]>([:])

    func key(_ name: Name, now: Timestamp) -> [UInt8]? {
        known.withLock { known in
            guard let entry = known[name], entry.until > now else { return nil }
            return entry.key
        }
    }

    func keep(_ key: [UInt8], _ name: Name, now: Timestamp) {
        known.withLock { known in
            if known.count >= Self.most { known.removeAll() }
            known[name] = (key, now + Self.patience)
        }
    }

    func forget(_ name: Name) { known.withLock { _ = $0.removeValue(forKey: name) } }
}

extension TenantStreams {
    /// The most finds of a tenant that have a key; what comes beyond is redacted.
    public static let mostMaskingSubjects = 1_000_000

    /// The keys of subjects.
    ///
    /// - Parameter making: Whether those that have none get one, as far as the tenant may have more.
    /// - Returns: The keys that there are.
    /// - Throws: ``RedisError``, `SealingError`.
    public func maskingKeys(
        of subjects: [String], tenant: TenantID, making: Bool
    ) async throws -> [String: [UInt8]] {
        let (keys, now) = (shards.keys(of: tenant), sealers.clock.now())
        var found: [String: [UInt8]] = [:]
        for subject in subjects {
            found[subject] = maskingSubjects.key(.init(tenant: tenant, subject: subject), now: now)
        }
        let missing = subjects.filter { found[$0] == nil }
        guard !missing.isEmpty else { return found }
        let sealer = try await sealers.sealer(for: tenant)
        if making, try await hasRoom(for: missing.count, keys, tenant) {
            let commands = try missing.map { subject in
                var command = RedisCommand(.hsetnx)
                command.append(keys.maskingSubjects(tenant))
                command.append(subject)
                command.append(
                    try sealer.seal(
                        SubjectCipher.makeKey(), shard: keys.shard, purpose: .maskingSubject, context: subject))
                return command
            }
            for answer in try await redis.send(commands) { _ = try answer.get() }
        }
        var command = RedisCommand(.hmget)
        command.append(keys.maskingSubjects(tenant))
        for subject in missing { command.append(subject) }
        for (subject, reply) in zip(missing, try await redis.send(command).requireArray()) {
            guard let sealed = reply.bytes else { continue }
            let key = try await sealers.sealer(for: tenant, toOpen: sealed).open(
                sealed, shard: keys.shard, purpose: .maskingSubject, context: subject)
            found[subject] = key
            maskingSubjects.keep(key, .init(tenant: tenant, subject: subject), now: now)
        }
        return found
    }

    private func hasRoom(for count: Int, _ keys: ShardKeys, _ tenant: TenantID) async throws -> Bool {
        var command = RedisCommand(.hlen)
        command.append(keys.maskingSubjects(tenant))
        return Int(try await redis.send(command).requireInteger()) + count <= Self.mostMaskingSubjects
    }

    /// Destroys the key of a subject, and with it everything that was encrypted under it, wherever it stands.
    ///
    /// - Returns: Whether there was one.
    /// - Throws: ``RedisError``.
    public func eraseMasked(_ subject: String, of tenant: TenantID) async throws -> Bool {
        var command = RedisCommand(.hdel)
        command.append(shards.keys(of: tenant).maskingSubjects(tenant))
        command.append(subject)
        maskingSubjects.forget(.init(tenant: tenant, subject: subject))
        return try await redis.send(command).requireInteger() == 1
    }
}
