public import TocsinCore
import TocsinRedis
import TocsinSealing

/// What a worker that wants a token is told.
public struct SharedCredential: Sendable, Hashable {
    /// The token that others got, as it was kept; `nil` if there is none.
    public let held: [UInt8]?
    /// Whether it is for this worker to ask the server.
    public let isToAsk: Bool
}

extension TenantStreams {
    /// Looks for a token that another worker got, or takes the turn to ask for one.
    ///
    /// - Parameters:
    ///   - name: Tells the tenant's credentials apart; only a keyed hash of it leaves the process.
    ///   - asker: Whoever asks, different for each process.
    ///   - turn: How long others wait for this one.
    ///   - isRenewal: What is there does not do.
    /// - Throws: ``RedisError``; ``StreamsError``.
    public func credential(
        _ name: String, of tenant: TenantID, asker: String, turn: Duration, isRenewal: Bool
    ) async throws -> SharedCredential {
        let keys = shards.keys(of: tenant)
        let hash = hash(name, of: tenant)
        let reply = try await call(.credential, on: keys) { command in
            command.append(tenant.name)
            command.append(hash)
            command.append(asker)
            command.append(max(1, turn.milliseconds))
            command.append(isRenewal ? 1 : 0)
        }
        let answer = try reply.requireArray()
        guard answer.count == 2, let sealed = answer[0].bytes else { throw StreamsError.unexpectedAnswer("credential") }
        // What cannot be opened any more is as good as not kept.
        let held: [UInt8]? =
            if sealed.isEmpty { nil } else {
                try? await sealers.sealer(for: tenant, toOpen: sealed).open(
                    sealed, shard: keys.shard, purpose: .credential, context: Array(hash.utf8))
            }
        return SharedCredential(held: held, isToAsk: try answer[1].requireInteger() == 1)
    }

    /// Shares the token that this worker got, and ends its turn.
    ///
    /// - Parameters:
    ///   - credential: `nil` if there is none, which lets the next ask.
    ///   - lifetime: How long it is kept.
    /// - Throws: ``RedisError``; ``SealingError``.
    public func keepCredential(
        _ credential: [UInt8]?, for lifetime: Duration, _ name: String, of tenant: TenantID, asker: String
    ) async throws {
        let keys = shards.keys(of: tenant)
        let hash = hash(name, of: tenant)
        var sealed: [UInt8] = []
        if let credential {
            sealed = try await sealers.sealer(for: tenant).seal(
                credential, shard: keys.shard, purpose: .credential, context: hash)
        }
        let record = sealed
        _ = try await call(.credentialKeep, on: keys, capacity: record.count + 256) { command in
            command.append(tenant.name)
            command.append(hash)
            command.append(asker)
            command.append(record)
            command.append(max(1, lifetime.milliseconds))
        }
    }

    private func hash(_ name: String, of tenant: TenantID) -> String {
        indexKey(of: tenant).hashHex(label: "credential", parts: [name])
    }
}
