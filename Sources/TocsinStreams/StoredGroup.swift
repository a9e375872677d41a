import Logging
public import TocsinCore
import TocsinRedis
import TocsinSealing

/// A group's flush bookkeeping, which the functions read too.
public struct GroupMeta: Sendable, Hashable {
    /// The tick of the last flush; `nil` before the first.
    public var flushedAt: Timestamp?
    /// The group's interval.
    public var interval: Duration
    /// How many notifications it has sent.
    public var sequence: UInt64

    /// Bookkeeping of a group.
    public init(flushedAt: Timestamp?, interval: Duration, sequence: UInt64) {
        self.flushedAt = flushedAt
        self.interval = interval
        self.sequence = sequence
    }

    /// `flushed:interval:sequence`, in ms.
    var text: String { "\(flushedAt?.milliseconds ?? -1):\(interval.milliseconds):\(sequence)" }

    init?(text: String) {
        let parts = text.split(separator: ":")
        guard parts.count == 3, let flushed = Int64(parts[0]), let interval = Int64(parts[1]),
            let sequence = UInt64(parts[2])
        else { return nil }
        flushedAt = flushed < 0 ? nil : Timestamp(milliseconds: flushed)
        self.interval = .milliseconds(interval)
        self.sequence = sequence
    }
}

/// A group as it is kept, opened.
///
/// Alerts and logs may be only those that were asked for.
public struct StoredGroup: Sendable {
    /// The group.
    public let id: GroupID
    /// Flush bookkeeping.
    public var meta: GroupMeta
    /// The header.
    public var header: [UInt8]
    /// The alerts, by their keyed hash.
    public var alerts: [String: [UInt8]] = [:]
    /// The keyed hashes of alerts whose records are damaged.
    public var damagedAlerts: [String] = []
    /// Obligations that no notification has taken over yet, per receiver.
    public var owed: [String: Int] = [:]
    /// Receivers to which a notification is under way.
    public var sending: Set<String> = []
    /// The notification log per receiver.
    public var logs: [String: [UInt8]] = [:]
}

/// Which parts of a group to read.
public struct GroupRequest: Sendable {
    /// The group.
    public let id: GroupID
    /// The alerts to read, by their keyed hash; `nil` for the whole group.
    public let alerts: [String]?

    /// The whole group, or its bookkeeping, header and some of its alerts.
    public init(id: GroupID, alerts: [String]?) {
        self.id = id
        self.alerts = alerts
    }
}

/// A group of whose record something cannot be read, by any key.
public struct DamagedGroup: Error, Hashable {
    /// The group.
    public let id: GroupID
    /// What is wrong with it, for scripts.
    public let code: String

    /// A group with a record that is not what it should be.
    public init(id: GroupID, code: String) {
        self.id = id
        self.code = code
    }
}

extension SealingError {
    /// Whether the record itself is to blame, and not a key that may come back.
    var isDamage: Bool { [SealingError.recordMalformed, SealingError.recordRefused].contains(code) }
}

extension TenantStreams {
    /// Puts a damaged group away, so that a turn can do without it.
    ///
    /// Its record is kept; what it owed ends as dead.
    ///
    /// - Returns: How many obligations ended.
    /// - Throws: ``RedisError``.
    public func setAside(_ group: GroupID, in turn: Turn) async throws -> Int {
        let reply = try await call(.setAside, on: ShardKeys(shard: turn.shard)) { command in
            command.append(turn.tenant.name)
            command.append(turn.fence)
            command.append(turn.worker.text)
            command.append(group.text)
        }
        return max(0, Int(try reply.requireInteger()))
    }

    /// Reads groups in one round trip; a group that does not exist is `nil` in its place.
    ///
    /// - Throws: ``RedisError``; ``DamagedGroup`` if one is not what it should be; ``SealingError`` without its key.
    public func readGroups(_ requests: [GroupRequest], of tenant: TenantID) async throws -> [StoredGroup?] {
        guard !requests.isEmpty else { return [] }
        let keys = shards.keys(of: tenant)
        let replies = try await redis.send(requests.map { command(for: $0, keys: keys, tenant: tenant) })
        var sealer = try await sealers.sealer(for: tenant)
        var groups: [StoredGroup?] = []
        groups.reserveCapacity(requests.count)
        for (request, reply) in zip(requests, replies) {
            let fields = try pairs(of: try reply.get(), for: request)
            for (_, value) in fields {
                guard !sealer.canOpen(value) else { continue }
                sealer = try await sealers.sealer(for: tenant, toOpen: value)
            }
            groups.append(try openGroup(request.id, fields: fields, sealer: sealer, shard: keys.shard))
        }
        return groups
    }

    private func command(for request: GroupRequest, keys: ShardKeys, tenant: TenantID) -> RedisCommand {
        var command = request.alerts == nil ? RedisCommand(.hgetall) : RedisCommand(.hmget)
        command.append(keys.group(tenant, request.id))
        if let alerts = request.alerts {
            command.append("m")
            command.append("x")
            for key in alerts { command.append("a:" + key) }
        }
        return command
    }

    private func pairs(of reply: RedisReply, for request: GroupRequest) throws -> [(String, [UInt8])] {
        let values = try reply.requireArray()
        guard let alerts = request.alerts else {
            return try stride(from: 0, to: values.count - 1, by: 2).map { index in
                (try values[index].requireString(), try values[index + 1].requireBytes())
            }
        }
        var found: [(String, [UInt8])] = []
        for (index, value) in values.enumerated() {
            guard let bytes = value.bytes else { continue }
            found.append((index == 0 ? "m" : index == 1 ? "x" : "a:" + alerts[index - 2], bytes))
        }
        return found
    }

    private func openGroup(
        _ id: GroupID, fields: [(String, [UInt8])], sealer: Sealer, shard: Int
    ) throws -> StoredGroup? {
        var meta: GroupMeta?
        var group = StoredGroup(
            id: id, meta: GroupMeta(flushedAt: nil, interval: .zero, sequence: 0), header: [])
        for (field, value) in fields {
            let name = String(field.dropFirst(2))
            switch field.first {
            case "m": meta = GroupMeta(text: String(decoding: value, as: UTF8.self))
            case "x":
                group.header = try header(sealer.opening(value, shard: shard, purpose: .group, context: id.text), id)
            case "a":
                let opened = sealer.opening(value, shard: shard, purpose: .alert, context: id.text + name)
                group.alerts[name] = try whole(opened, of: sealer.ring.tenant, "an alert is damaged and forgotten")
                if group.alerts[name] == nil { group.damagedAlerts.append(name) }
            case "n":
                let opened = sealer.opening(value, shard: shard, purpose: .log, context: id.text + name)
                group.logs[name] = try whole(
                    opened, of: sealer.ring.tenant, "what a receiver was told is damaged, so that it is told again")
            case "o": group.owed[name] = Int(String(decoding: value, as: UTF8.self))
            case "s": group.sending.insert(name)
            default: break
            }
        }
        guard let meta else {
            // Obligations and marks may outlive a deleted group for a moment; without bookkeeping there is no group.
            return nil
        }
        group.meta = meta
        return group
    }

    /// Without its header nobody knows whom a group is for.
    private func header(_ opened: Result<[UInt8], SealingError>, _ id: GroupID) throws -> [UInt8] {
        if case .failure(let error) = opened, error.isDamage { throw DamagedGroup(id: id, code: error.code) }
        return try opened.get()
    }

    /// A record that is damaged is as good as none, which is said.
    private func whole(
        _ opened: Result<[UInt8], SealingError>, of tenant: TenantID, _ words: Logger.Message
    ) throws -> [UInt8]? {
        guard case .failure(let error) = opened, error.isDamage else { return try opened.get() }
        logger.error(words, metadata: [LogKey.tenant: "\(tenant)", LogKey.code: "\(error.code)"])
        return nil
    }
}
