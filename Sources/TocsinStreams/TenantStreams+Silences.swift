import Logging
public import TocsinCore
import TocsinRedis
public import TocsinRouting
import TocsinSealing

/// A tenant's silences as they were read.
public struct StoredSilences: Sendable {
    /// Changes whenever they do.
    public let version: Int64
    /// The silences, ready to be asked.
    public let set: SilenceSet
}

/// How a change of a tenant's silences ended.
public enum SilenceChangeResult: Sendable, Hashable {
    /// It is recorded.
    case changed
    /// Somebody else has changed them since they were read; nothing was changed.
    case outdated
    /// The tenant may have no more; nothing was changed.
    case tooMany
}

extension TenantStreams {
    /// A tenant's silences, by default as they are now.
    ///
    /// - Parameter version: Of which it is known that there is none newer; spares a round trip if that was read before.
    public func silences(of tenant: TenantID, version: Int64? = nil) async throws -> StoredSilences {
        let current: Int64
        if let version {
            current = version
        } else {
            current = try await silencesVersion(of: tenant)
        }
        if let known = silenceCache.silences(of: tenant), known.version == current { return known }
        let stored = StoredSilences(
            version: current, set: current == 0 ? SilenceSet([]) : SilenceSet(try await readSilences(of: tenant)))
        silenceCache.store(stored, of: tenant)
        return stored
    }

    /// Changes a tenant's silences, if nobody has since they were read.
    ///
    /// - Parameters:
    ///   - stored: What was read.
    ///   - write: New ones and changed ones.
    ///   - forgetting: Ids of those that nobody needs any more.
    ///   - most: The most that the tenant may have; 0 for no limit.
    public func changeSilences(
        of tenant: TenantID, since stored: StoredSilences, write: [Silence], forgetting: [String], most: Int
    ) async throws -> SilenceChangeResult {
        let keys = shards.keys(of: tenant)
        let sealer = try await sealers.sealer(for: tenant)
        let reply = try await call(.silence, on: keys, capacity: 1024) { command in
            command.append(tenant.name)
            command.append(stored.version)
            command.append(most)
            command.append(write.count)
            for silence in write {
                var writer = RecordWriter()
                silence.write(to: &writer)
                command.append(silence.id)
                command.append(
                    try sealer.seal(writer.bytes, shard: keys.shard, purpose: .silence, context: silence.id))
            }
            command.append(forgetting.count)
            for id in forgetting { command.append(id) }
        }
        let answer = try reply.requireArray()
        guard answer.count == 2, let done = answer[0].integer else { throw StreamsError.unexpectedAnswer("silence") }
        if done == 1 {
            if let version = answer[1].string.flatMap({ Int64($0) }) {
                // Nobody else has changed them, so what they are now need not be read.
                let gone = Set(forgetting + write.map(\.id))
                let set = SilenceSet(stored.set.silences.filter { !gone.contains($0.id) } + write)
                silenceCache.store(StoredSilences(version: version, set: set), of: tenant)
            }
            return .changed
        }
        return answer[1].string == "too_many" ? .tooMany : .outdated
    }

    private func silencesVersion(of tenant: TenantID) async throws -> Int64 {
        var command = RedisCommand(.hget)
        command.append(shards.keys(of: tenant).meta(tenant))
        command.append("sv")
        return try await redis.send(command).string.flatMap { Int64($0) } ?? 0
    }

    private func readSilences(of tenant: TenantID) async throws -> [Silence] {
        let keys = shards.keys(of: tenant)
        var silences: [Silence] = []
        for (id, sealed) in try await redis.hgetall(keys.silences(tenant)) {
            let sealer = try await sealers.sealer(for: tenant, toOpen: sealed)
            switch sealer.opening(sealed, shard: keys.shard, purpose: .silence, context: id) {
            case .success(let record):
                var reader = RecordReader(record)
                silences.append(try Silence(from: &reader))
            case .failure(let error) where error.isDamage:
                // Rather one notification too many than none for the whole tenant.
                logger.error(
                    "a silence is damaged and silences nothing",
                    metadata: [LogKey.tenant: "\(tenant)", LogKey.code: "\(error.code)"])
            case .failure(let error): throw error
            }
        }
        return silences
    }
}
