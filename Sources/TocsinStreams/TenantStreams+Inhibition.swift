import Logging
public import TocsinCore
import TocsinRedis
import TocsinSealing

extension TenantStreams {
    /// How many meetings are asked for in one round trip.
    private static let meetingsAtOnce = 1000

    /// Reads who inhibits at meetings of a tenant's rules.
    ///
    /// - Parameter meetings: Keyed hashes, each once.
    /// - Returns: Per meeting with any source, the sources' records by their alerts' keyed hashes.
    public func readSources(
        at meetings: [String], of tenant: TenantID
    ) async throws -> [String: [(alert: String, record: [UInt8])]] {
        let keys = shards.keys(of: tenant)
        var found: [String: [(alert: String, record: [UInt8])]] = [:]
        for start in stride(from: 0, to: meetings.count, by: Self.meetingsAtOnce) {
            let part = meetings[start..<min(meetings.count, start + Self.meetingsAtOnce)]
            let replies = try await redis.send(
                part.map { meeting in
                    var command = RedisCommand(.hgetall)
                    command.append(keys.meeting(tenant, meeting))
                    return command
                })
            for (meeting, reply) in zip(part, replies) {
                let values = try reply.get().requireArray()
                for index in stride(from: 0, to: values.count - 1, by: 2) {
                    let (alert, sealed) = (try values[index].requireString(), try values[index + 1].requireBytes())
                    let sealer = try await sealers.sealer(for: tenant, toOpen: sealed)
                    let opened = sealer.opening(
                        sealed, shard: keys.shard, purpose: .inhibition, context: meeting + alert)
                    switch opened {
                    case .success(let record): found[meeting, default: []].append((alert, record))
                    case .failure(let error) where error.isDamage:
                        // A source that nobody can read inhibits nobody: rather one notification too many.
                        logger.error(
                            "what is kept of an inhibiting alert is damaged, and counts no more",
                            metadata: [LogKey.tenant: "\(tenant)", LogKey.code: "\(error.code)"])
                        var forget = RedisCommand(.hdel)
                        forget.append(keys.meeting(tenant, meeting))
                        forget.append(alert)
                        _ = try await redis.send(forget)
                    case .failure(let error): throw error
                    }
                }
            }
        }
        return found
    }
}
