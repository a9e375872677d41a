import Testing
import TocsinCore
import TocsinIdentity
import TocsinRedis
import TocsinSealing

@testable import TocsinStreams

@Suite("Records of API tokens, on a real server")
struct TokenRecordTests {
    @Test("who may write to Redis and lacks the root key can make no token, nor give one's rights to another")
    func forged() async throws {
        try await Queues.with { queues in
            let streams = queues.streams
            let key = streams.shards.keys(of: Queues.tenant).tokens(Queues.tenant)
            func record(_ name: String, _ permissions: Set<Permission>) -> TokenRecord {
                TokenRecord(
                    token: .generate(tenant: Queues.tenant), name: name, createdAt: .epoch, permissions: permissions)
            }
            let (admin, reader, forged) = (record("a", [.admin]), record("r", [.read]), record("f", [.admin]))
            try await streams.saveToken(admin)
            try await streams.saveToken(reader)
            #expect(try await streams.token(admin.id, of: Queues.tenant) == admin)
            func put(_ bytes: [UInt8], _ id: String) async throws {
                var command = RedisCommand(.hset)
                command.append(key)
                command.append(id)
                command.append(bytes)
                _ = try await queues.redis.send(command)
            }
            try await put(forged.encoded(), forged.id)
            await #expect(throws: (any Error).self) { try await streams.token(forged.id, of: Queues.tenant) }
            let sealed = try #require(try await queues.send("HGET", key, admin.id).bytes)
            try await put(sealed, reader.id)
            await #expect(throws: SealingError.self) { try await streams.token(reader.id, of: Queues.tenant) }
            #expect(try await streams.token(admin.id, of: Queues.tenant) == admin)
            #expect(try await streams.token("none", of: Queues.tenant) == nil)
        }
    }
}
