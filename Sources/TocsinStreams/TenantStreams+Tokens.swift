public import TocsinCore
public import TocsinIdentity
import TocsinRedis
import TocsinSealing

/// API tokens: a record of each, without its secret.
///
/// A record is sealed for its tenant and id, so that who may write to Redis and lacks the root key can make no token.
extension TenantStreams {
    /// Keeps a token's record.
    ///
    /// - Throws: ``RedisError``, `SealingError`.
    public func saveToken(_ record: TokenRecord) async throws {
        let (keys, sealer) = (shards.keys(of: record.tenant), try await sealers.sealer(for: record.tenant))
        var command = RedisCommand(.hset)
        command.append(keys.tokens(record.tenant))
        command.append(record.id)
        command.append(try sealer.seal(record.encoded(), shard: keys.shard, purpose: .token, context: record.id))
        _ = try await redis.send(command)
    }

    /// The record of a token, or `nil`.
    ///
    /// - Throws: ``RedisError``; `SealingError` if the record is not one that the deployment has made.
    public func token(_ id: String, of tenant: TenantID) async throws -> TokenRecord? {
        var command = RedisCommand(.hget)
        command.append(shards.keys(of: tenant).tokens(tenant))
        command.append(id)
        guard let sealed = try await redis.send(command).bytes else { return nil }
        return try await open(sealed, id: id, of: tenant)
    }

    /// All records of a tenant's tokens, oldest first.
    ///
    /// - Throws: As ``token(_:of:)``.
    public func tokens(of tenant: TenantID) async throws -> [TokenRecord] {
        let stored = try await redis.hgetall(shards.keys(of: tenant).tokens(tenant))
        var records: [TokenRecord] = []
        for (id, sealed) in stored { records.append(try await open(sealed, id: id, of: tenant)) }
        return records.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }

    private func open(_ sealed: [UInt8], id: String, of tenant: TenantID) async throws -> TokenRecord {
        let sealer = try await sealers.sealer(for: tenant, toOpen: sealed)
        return try TokenRecord(
            encoded: try sealer.open(sealed, shard: shard(of: tenant), purpose: .token, context: id))
    }
}
