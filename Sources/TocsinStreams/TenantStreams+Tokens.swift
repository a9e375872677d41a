public import TocsinCore
public import TocsinIdentity
import TocsinRedis

extension TenantStreams {
    /// Keeps a token's record.
    ///
    /// Only its hash is in it.
    public func saveToken(_ record: TokenRecord) async throws {
        var command = RedisCommand(.hset)
        command.append(shards.keys(of: record.tenant).tokens(record.tenant))
        command.append(record.id)
        command.append(record.encoded())
        _ = try await redis.send(command)
    }

    /// The record of a token, or `nil`.
    public func token(_ id: String, of tenant: TenantID) async throws -> TokenRecord? {
        var command = RedisCommand(.hget)
        command.append(shards.keys(of: tenant).tokens(tenant))
        command.append(id)
        guard let bytes = try await redis.send(command).bytes else { return nil }
        return try TokenRecord(encoded: bytes)
    }

    /// All records of a tenant's tokens, oldest first.
    public func tokens(of tenant: TenantID) async throws -> [TokenRecord] {
        let stored = try await redis.hgetall(shards.keys(of: tenant).tokens(tenant))
        let records = try stored.map { try TokenRecord(encoded: $0.value) }
        return records.sorted { ($0.createdAt, $0.id) < ($1.createdAt, $1.id) }
    }
}
