public import TocsinCore
import TocsinRedis
import TocsinSealing

/// The name of an alert inside its tenant: a keyed hash of 16 bytes, in as little memory as it takes.
public struct AlertKey: Sendable, Hashable {
    private let high: UInt64
    private let low: UInt64

    /// Reads the name of an alert's field in its group: `a:` and 32 hexadecimal digits.
    fileprivate init?(field: ArraySlice<UInt8>) {
        guard field.count == 34, let high = AlertKey.number(field.dropFirst(2).prefix(16)),
            let low = AlertKey.number(field.suffix(16))
        else { return nil }
        (self.high, self.low) = (high, low)
    }

    fileprivate static func isField(_ name: [UInt8]) -> Bool { name.starts(with: "a:".utf8) }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - 48)
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - 87)
            default: return nil
            }
        }
        return value
    }

    /// 32 hexadecimal digits.
    fileprivate var text: String { Hexadecimal.encode(high) + Hexadecimal.encode(low) }

    /// What an alert's record is bound to: the names of its group and its own.
    fileprivate func context(in group: GroupID) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(64)
        bytes.append(contentsOf: group.text.utf8)
        bytes.append(contentsOf: Hexadecimal.encode(high).utf8)
        bytes.append(contentsOf: Hexadecimal.encode(low).utf8)
        return bytes
    }
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
                var command = RedisCommand(.hgetall)
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
                guard let field = values[index].bytes, AlertKey.isField(field), let sealed = values[index + 1].bytes
                else { continue }
                guard let key = AlertKey(field: field[...]) else { throw StreamsError.malformed("an alert's name") }
                if !sealer.canOpen(sealed) { sealer = try await sealers.sealer(for: tenant, toOpen: sealed) }
                alerts.append(
                    (
                        key,
                        try sealer.open(
                            sealed, shard: keys.shard, purpose: .alert, context: key.context(in: group))
                    ))
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
        // One command a group: a command costs Redis more than a field.
        let groups = Dictionary(grouping: alerts.indices) { alerts[$0].group }.map { (group: $0.key, places: $0.value) }
        let replies = try await redis.send(
            groups.map { group, places in
                var command = RedisCommand(.hmget)
                command.append(keys.group(tenant, group))
                for place in places { command.append("a:" + alerts[place].key.text) }
                return command
            })
        var sealer = try await sealers.sealer(for: tenant)
        var records = [[UInt8]?](repeating: nil, count: alerts.count)
        for ((group, places), reply) in zip(groups, replies) {
            for (place, value) in zip(places, try reply.get().requireArray()) {
                guard let sealed = value.bytes else { continue }
                if !sealer.canOpen(sealed) { sealer = try await sealers.sealer(for: tenant, toOpen: sealed) }
                records[place] = try sealer.open(
                    sealed, shard: keys.shard, purpose: .alert, context: alerts[place].key.context(in: group))
            }
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
