public import TocsinCore
import TocsinRedis
import TocsinSealing

/// How often the keys have sealed, over all processes: a cipher with random nonces bears only so much.
extension TenantStreams {
    /// Adds what this process has sealed since it was asked last.
    ///
    /// What a process seals between the last time and a crash is not counted, which is why keys are replaced at half of what
    /// they bear.
    ///
    /// - Throws: ``RedisError``.
    public func noteKeyUses() async throws {
        for use in sealers.usesToNote() {
            var command = RedisCommand(.hincrby)
            command.append(shards.keys(of: use.tenant).keyUses(use.tenant))
            command.append(String(use.version))
            command.append(String(use.count))
            _ = try await redis.send(command)
            sealers.noted(use)
        }
    }

    /// How many records each of a tenant's keys has sealed.
    ///
    /// - Throws: ``RedisError``.
    public func keyUses(of tenant: TenantID) async throws -> [UInt32: UInt64] {
        var uses: [UInt32: UInt64] = [:]
        for (field, value) in try await redis.hgetall(shards.keys(of: tenant).keyUses(tenant)) {
            guard let version = UInt32(field) else { continue }
            uses[version] = UInt64(String(decoding: value, as: UTF8.self))
        }
        return uses
    }
}

/// What a process has sealed with one key since it was asked last.
struct KeyUse {
    let tenant: TenantID
    let version: UInt32
    let count: UInt64
    /// The count since the process has started.
    let total: UInt64
}
