public import TocsinCore
import TocsinRedis
import TocsinSealing

/// The name of an alert inside its tenant: a keyed hash of 16 bytes, in as little memory as it takes.
public struct AlertKey: Sendable, Hashable {
    private let high: UInt64
    private let low: UInt64

    init?(_ text: some StringProtocol) {
        guard text.utf8.count == 32, let high = UInt64(text.prefix(16), radix: 16),
            let low = UInt64(text.suffix(16), radix: 16)
        else { return nil }
        (self.high, self.low) = (high, low)
    }

    /// 32 hexadecimal digits.
    var text: String { Hexadecimal.encode(high) + Hexadecimal.encode(low) }
}

extension TenantStreams {
    /// Reads all alerts of groups, in the groups' order; a group that is gone has none.
    public func readAlerts(
        in groups: [GroupID], of tenant: TenantID
    ) async throws -> [[(key: AlertKey, record: [UInt8])]] {
        guard !groups.isEmpty else { return [] }
        let keys = shards.keys(of: tenant)
        let replies = try await redis.send(
            groups.map { group in
                var command = RedisCommand("HGETALL")
                command.append(keys.group(tenant, group))
                return command
            })
        var sealer = try await sealers.sealer(for: tenant)
        var found: [[(key: AlertKey, record: [UInt8])]] = []
        found.reserveCapacity(groups.count)
        for (group, reply) in zip(groups, replies) {
            let values = try reply.get().requireArray()
            var alerts: [(key: AlertKey, record: [UInt8])] = []
            for index in stride(from: 0, to: values.count - 1, by: 2) {
                guard let field = values[index].string, field.hasPrefix("a:"), let sealed = values[index + 1].bytes
                else { continue }
                let name = String(field.dropFirst(2))
                guard let key = AlertKey(name) else { throw StreamsError.malformed("an alert's name") }
                if !sealer.canOpen(sealed) { sealer = try await sealers.sealer(for: tenant, toOpen: sealed) }
                alerts.append(
                    (key, try sealer.open(sealed, shard: keys.shard, purpose: .alert, context: group.text + name)))
            }
            found.append(alerts)
        }
        return found
    }

    /// Reads single alerts, in their order; one that is gone is `nil`.
    public func readAlerts(
        _ alerts: [(group: GroupID, key: AlertKey)], of tenant: TenantID
    ) async throws -> [[UInt8]?] {
        let keys = shards.keys(of: tenant)
        let replies = try await redis.send(
            alerts.map { alert in
                var command = RedisCommand("HGET")
                command.append(keys.group(tenant, alert.group))
                command.append("a:" + alert.key.text)
                return command
            })
        var sealer = try await sealers.sealer(for: tenant)
        var records: [[UInt8]?] = []
        records.reserveCapacity(alerts.count)
        for (alert, reply) in zip(alerts, replies) {
            guard let sealed = try reply.get().bytes else {
                records.append(nil)
                continue
            }
            if !sealer.canOpen(sealed) { sealer = try await sealers.sealer(for: tenant, toOpen: sealed) }
            records.append(
                try sealer.open(
                    sealed, shard: keys.shard, purpose: .alert, context: alert.group.text + alert.key.text))
        }
        return records
    }
}

extension Sealer {
    /// Whether the key is at hand under which a record is sealed; one that is damaged counts, and fails when it is opened.
    func canOpen(_ sealed: [UInt8]) -> Bool {
        guard let version = try? Sealer.keyVersion(of: sealed) else { return true }
        return ring.key(version) != nil
    }
}
