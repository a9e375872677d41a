public import TocsinCore
import TocsinRedis
import TocsinSealing

/// A find of a tenant's masking that has a key: a person, an address or a number.
struct MaskingSubject: Hashable {
    let tenant: TenantID
    /// A keyed hash of what was found.
    let name: String
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
            found[subject] = maskingKeys.value(.init(tenant: tenant, name: subject), now: now)
        }
        let missing = subjects.filter { found[$0] == nil }
        guard !missing.isEmpty else { return found }
        let sealer = try await sealers.sealer(for: tenant)
        if making,
            try await hasRoom(for: missing.count, in: keys.maskingSubjects(tenant), most: Self.mostMaskingSubjects)
        {
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
            maskingKeys.store(key, for: .init(tenant: tenant, name: subject), now: now)
        }
        return found
    }

    /// Whether a hash may have more fields.
    func hasRoom(for count: Int, in key: String, most: Int) async throws -> Bool {
        guard most < .max else { return true }
        var command = RedisCommand(.hlen)
        command.append(key)
        return Int(try await redis.send(command).requireInteger()) + count <= most
    }

    /// Destroys the key of a subject, and with it everything that was encrypted under it, wherever it stands.
    ///
    /// - Returns: Whether there was one.
    /// - Throws: ``RedisError``.
    public func eraseMasked(_ subject: String, of tenant: TenantID) async throws -> Bool {
        var command = RedisCommand(.hdel)
        command.append(shards.keys(of: tenant).maskingSubjects(tenant))
        command.append(subject)
        maskingKeys.remove(.init(tenant: tenant, name: subject))
        return try await redis.send(command).requireInteger() == 1
    }
}
