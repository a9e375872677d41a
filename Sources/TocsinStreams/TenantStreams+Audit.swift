import Crypto
public import TocsinCore
import TocsinRedis
import TocsinSealing

/// The newest signed tree head of an audit log, as it is kept.
public struct AuditHead: Sendable, Hashable {
    /// How many entries the tree has.
    public let size: UInt64
    /// The signed note.
    public let note: [UInt8]
    /// The first entry that is kept; of those before it only the hashes over each 256 are.
    public let first: UInt64
}

/// What is added to the tree of an audit log in one step.
public struct AuditCommit: Sendable {
    /// A tile's new end.
    public struct Tile: Sendable {
        /// The level of hashes; `nil` for entries.
        public let level: Int?
        /// Its place in the level.
        public let index: UInt64
        /// Its length before, in bytes; -1 if that is not known.
        public let offset: Int
        /// What is new.
        public let bytes: [UInt8]

        /// A tile's new end.
        public init(level: Int?, index: UInt64, offset: Int, bytes: [UInt8]) {
            self.level = level
            self.index = index
            self.offset = offset
            self.bytes = bytes
        }
    }

    /// The size before.
    public let before: UInt64
    /// The size afterwards.
    public let after: UInt64
    /// The entries that leave the queue, as they were queued.
    public let taken: [[UInt8]]
    /// The new signed head.
    public let note: [UInt8]
    /// The tiles' new ends.
    public let tiles: [Tile]

    /// A step.
    public init(before: UInt64, after: UInt64, taken: [[UInt8]], note: [UInt8], tiles: [Tile]) {
        self.before = before
        self.after = after
        self.taken = taken
        self.note = note
        self.tiles = tiles
    }
}

/// The audit logs: a queue of entries, and the tiles of a tree, for each tenant and for the deployment.
///
/// What an entry or a tile means is not known here.
extension TenantStreams {
    /// Queues entries for an audit log.
    ///
    /// - Parameter most: The most that may wait; 0 for no limit.
    /// - Returns: Whether there was room for them.
    /// - Throws: ``RedisError``.
    public func addToAudit(_ entries: [[UInt8]], of log: TenantID, most: Int = 0) async throws -> Bool {
        let size = entries.reduce(128) { $0 + $1.count + 16 }
        return try await call(.auditAdd, on: shards.keys(of: log), capacity: size) { command in
            command.append(log.name)
            command.append(most)
            for entry in entries { command.append(entry) }
        }.requireInteger() == 1
    }

    /// The logs that have entries which are in no tree yet.
    ///
    /// - Throws: ``RedisError``.
    public func auditLogsToServe() async throws -> [TenantID] {
        let commands = (0..<shards.count).map { shard in
            var command = RedisCommand(.smembers)
            command.append(ShardKeys(shard: shard).auditPending)
            return command
        }
        var logs: [TenantID] = []
        for answer in try await redis.send(commands) {
            for name in try answer.get().requireArray().compactMap(\.string) {
                if let log = name == TenantID.deployment.name ? .deployment : TenantID(name) { logs.append(log) }
            }
        }
        return logs
    }

    /// The oldest entries that are in no tree yet.
    ///
    /// - Throws: ``RedisError``.
    public func auditQueue(of log: TenantID, most: Int) async throws -> [[UInt8]] {
        var command = RedisCommand(.lrange)
        command.append(shards.keys(of: log).auditQueue(log))
        command.append(0)
        command.append(most - 1)
        return try await redis.send(command).requireArray().map { try $0.requireBytes() }
    }

    /// The newest tree head; `nil` if there is none yet.
    ///
    /// - Throws: ``RedisError``.
    public func auditHead(of log: TenantID) async throws -> AuditHead? {
        var command = RedisCommand(.hmget)
        for word in [shards.keys(of: log).auditHead(log), "size", "note", "first"] { command.append(word) }
        let fields = try await redis.send(command).requireArray()
        guard let size = fields[0].string.flatMap({ UInt64($0) }), let note = fields[1].bytes else { return nil }
        return AuditHead(size: size, note: note, first: fields[2].string.flatMap { UInt64($0) } ?? 0)
    }

    /// A tile, as far as there is one.
    ///
    /// - Parameter level: The level of hashes; `nil` for entries.
    /// - Throws: ``RedisError``.
    public func auditTile(level: Int?, index: UInt64, of log: TenantID) async throws -> [UInt8]? {
        var command = RedisCommand(.get)
        command.append(shards.keys(of: log).auditTile(log, level, index))
        return try await redis.send(command).bytes
    }

    /// Adds to a tree.
    ///
    /// - Parameter fence: The number under which who asks has charge of the logs.
    /// - Returns: `false` if somebody else has charge, or the tree has another size; nothing was changed then.
    /// - Throws: ``RedisError``.
    public func commitAudit(_ commit: AuditCommit, to log: TenantID, fence: Int64) async throws -> Bool {
        let size = commit.tiles.reduce(512 + commit.note.count) { $0 + $1.bytes.count + 64 }
        return try await call(.auditCommit, on: shards.keys(of: log), capacity: size) { command in
            command.append(log.name)
            command.append(fence)
            command.append(String(commit.before))
            command.append(String(commit.after))
            command.append(commit.taken.count)
            var digest = Insecure.SHA1()
            for entry in commit.taken { digest.update(data: entry) }
            command.append(Hexadecimal.encode(Array(digest.finalize())))
            command.append(commit.note)
            for tile in commit.tiles {
                command.append(tile.level.map(String.init) ?? "e")
                command.append(String(tile.index))
                command.append(tile.offset)
                command.append(tile.bytes)
            }
        }.requireInteger() == 1
    }

    /// Forgets the oldest entries; the hashes over each 256 of them stay.
    ///
    /// - Parameters:
    ///   - first: The first entry that was kept; a multiple of 256, as the other is.
    ///   - next: The first entry that is kept from now on.
    /// - Throws: ``RedisError``.
    public func pruneAudit(from first: UInt64, to next: UInt64, of log: TenantID, fence: Int64) async throws -> Bool {
        try await call(.auditPrune, on: shards.keys(of: log)) { command in
            command.append(log.name)
            command.append(fence)
            command.append(String(first))
            command.append(String(next))
        }.requireInteger() == 1
    }

    /// Takes charge of the audit logs' trees, or keeps it.
    ///
    /// - Throws: ``RedisError``.
    public func leadAudit(_ id: String, for lease: Duration) async throws -> AutoscalerCharge {
        try await lead(id, for: lease, of: ShardKeys.audit)
    }

    /// Gives that charge up.
    ///
    /// - Throws: ``RedisError``.
    public func leaveAudit(_ id: String) async throws { try await leaveLead(id, of: ShardKeys.audit) }

    /// The seeds of the keys that sign a log, by version.
    ///
    /// - Throws: ``RedisError``; `SealingError` if one cannot be opened.
    public func auditSigners(of log: TenantID) async throws -> [UInt32: [UInt8]] {
        let keys = shards.keys(of: log)
        var seeds: [UInt32: [UInt8]] = [:]
        for (field, sealed) in try await redis.hgetall(keys.auditSigners(log)) {
            guard let version = UInt32(field) else { throw StreamsError.malformed("a signing key of the audit log") }
            seeds[version] = try await sealers.sealer(for: log, toOpen: sealed).open(
                sealed, shard: keys.shard, purpose: .auditSigner, context: field)
        }
        return seeds
    }

    /// Keeps the seed of a key that signs a log, unless there is one of its version.
    ///
    /// - Returns: Whether it is kept now.
    /// - Throws: ``RedisError``; `SealingError`.
    @discardableResult
    public func addAuditSigner(_ seed: [UInt8], version: UInt32, of log: TenantID) async throws -> Bool {
        let keys = shards.keys(of: log)
        return try await keep(
            seed, in: keys.auditSigners(log), field: String(version), purpose: .auditSigner, shard: keys.shard, of: log)
    }

    /// The key of a person whose name stands in a log.
    ///
    /// - Parameters:
    ///   - subject: A keyed hash that says who it is.
    ///   - new: What is kept, if there is none.
    ///   - most: With as many keys none is added.
    /// - Returns: What is kept; `nil` if that is nothing.
    /// - Throws: ``RedisError``; `SealingError`.
    public func auditSubject(
        _ subject: String, of log: TenantID, new: [UInt8]? = nil, most: Int = .max
    ) async throws -> [UInt8]? {
        let keys = shards.keys(of: log)
        if let new, try await hasRoom(for: 1, in: keys.auditSubjects(log), most: most) {
            try await keep(
                new, in: keys.auditSubjects(log), field: subject, purpose: .auditSubject, shard: keys.shard, of: log)
        }
        var command = RedisCommand(.hget)
        command.append(keys.auditSubjects(log))
        command.append(subject)
        guard let sealed = try await redis.send(command).bytes else { return nil }
        return try await sealers.sealer(for: log, toOpen: sealed).open(
            sealed, shard: keys.shard, purpose: .auditSubject, context: subject)
    }

    /// Destroys the key of a person, and with it what is sealed under it.
    ///
    /// - Returns: Whether there was one.
    /// - Throws: ``RedisError``.
    public func eraseAuditSubject(_ subject: String, of log: TenantID) async throws -> Bool {
        var command = RedisCommand(.hdel)
        command.append(shards.keys(of: log).auditSubjects(log))
        command.append(subject)
        return try await redis.send(command).requireInteger() == 1
    }

    /// The tree heads that witnesses have signed, by their names.
    ///
    /// - Throws: ``RedisError``.
    public func auditCosigned(of log: TenantID) async throws -> [String: [UInt8]] {
        Dictionary(
            try await redis.hgetall(shards.keys(of: log).auditCosigned(log)).map { ($0.key, $0.value) },
            uniquingKeysWith: { $1 })
    }

    /// Keeps the tree head that a witness has signed.
    ///
    /// - Throws: ``RedisError``.
    public func cosignAudit(_ note: [UInt8], by witness: String, of log: TenantID) async throws {
        var command = RedisCommand(.hset)
        command.append(shards.keys(of: log).auditCosigned(log))
        command.append(witness)
        command.append(note)
        _ = try await redis.send(command)
    }

    @discardableResult
    private func keep(
        _ secret: [UInt8], in key: String, field: String, purpose: SealingPurpose, shard: Int, of log: TenantID
    ) async throws -> Bool {
        let sealed = try await sealers.sealer(for: log).seal(secret, shard: shard, purpose: purpose, context: field)
        var command = RedisCommand(.hsetnx)
        command.append(key)
        command.append(field)
        command.append(sealed)
        return try await redis.send(command).requireInteger() == 1
    }
}
