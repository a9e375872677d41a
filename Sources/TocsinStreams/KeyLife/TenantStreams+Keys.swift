public import TocsinCore
import TocsinRedis
public import TocsinSealing

/// A tenant's data key, without the key.
public struct KeyReport: Sendable, Hashable, Codable {
    /// Whose it is.
    public var tenant: String
    /// Its place in the tenant's ring.
    public var version: UInt32
    /// The cipher that it is for.
    public var algorithm: String
    /// When it was made, as in RFC 3339.
    public var createdAt: String
    /// Whether it is the one that seals.
    public var isSealing: Bool
    /// How many records it has sealed, over all processes, a minute ago.
    public var uses: UInt64
    /// The key, wrapped by the root key, in base 16.
    public var wrapped: String
}

/// Key rings: what is in them, and how a new key gets into use.
extension TenantStreams {
    /// How long nodes may take to read a new key before the rotation is given up.
    public static let rotationPatience = Duration.seconds(30)
    /// A node that has said nothing for so long is dead; if it wakes, it reads a key that it does not know when it needs it.
    private static let deadAfterMilliseconds: Int64 = 5000

    /// The keys of a tenant, the oldest first; none if nothing was sealed yet.
    ///
    /// - Throws: ``RedisError``, or `SealingError` for a key that this root key does not open.
    public func keys(of tenant: TenantID) async throws -> [KeyReport] {
        let stored = try await sealers.stored(tenant)
        let uses = try await keyUses(of: tenant)
        return stored.keys.map { key in
            KeyReport(
                tenant: tenant.name, version: key.version, algorithm: key.algorithm.rawValue,
                createdAt: key.createdAt.rfc3339, isSealing: key.version == stored.sealing,
                uses: uses[key.version] ?? 0, wrapped: Hexadecimal.encode(sealers.rootKey.wrap(key, tenant: tenant)))
        }
    }

    /// Seals and opens something with each key of a tenant.
    ///
    /// - Returns: How many keys there are.
    /// - Throws: ``RedisError``, or `SealingError` for the first key that is not good.
    public func verifyKeys(of tenant: TenantID) async throws -> Int {
        let keys = try await sealers.stored(tenant).keys
        for key in keys {
            let sealer = Sealer(ring: KeyRing(tenant: tenant, key: key))
            let sealed = try sealer.seal([1, 2, 3], shard: shard(of: tenant), purpose: .alerts)
            _ = try sealer.open(sealed, shard: shard(of: tenant), purpose: .alerts)
        }
        return keys.count
    }

    /// Puts a new key of a tenant into use, in two phases: first every node has it, then it seals.
    ///
    /// So no node ever meets a record that it must fetch the key for. The old keys stay in the ring and open what they sealed.
    /// What a rotation that was cut short has handed out, the next one puts into use.
    ///
    /// - Parameters:
    ///   - old: The version that is to be replaced; if another one seals by now, that is left. `nil` for whichever seals.
    ///   - patience: How long the nodes may take to read the new key.
    /// - Returns: The version that seals now.
    /// - Throws: ``RedisError``; ``StreamsError`` if another rotation is under way, or if nodes do not read the key in time:
    ///   then the old key goes on sealing.
    @discardableResult
    public func rotateKey(
        of tenant: TenantID, algorithm: SealingAlgorithm, replacing old: UInt32? = nil,
        patience: Duration = rotationPatience
    ) async throws -> UInt32 {
        try await withKeyLock {
            let names = shards.keys(of: tenant)
            _ = try await sealers.sealer(for: tenant)
            let stored = try await sealers.stored(tenant)
            let (highest, sealing) = (stored.keys.last?.version ?? 0, stored.sealing ?? 0)
            if let old, old != sealing { return sealing }
            // Said before the new key is there: without a word the highest would seal at once.
            try await set(names.sealingKey(tenant), to: String(sealing))
            let next = sealing < highest ? highest : highest + 1
            if next > highest {
                let made = DataKey.generate(version: next, algorithm: algorithm, createdAt: sealers.clock.now())
                var command = RedisCommand(.hsetnx)
                command.append(names.dataKeys(tenant))
                command.append(String(next))
                command.append(sealers.rootKey.wrap(made, tenant: tenant))
                _ = try await redis.send(command)
            }
            try await waitForNodes(try await announce(), patience)
            try await set(names.sealingKey(tenant), to: String(next))
            _ = try await announce()
            try await sealers.refresh()
            return next
        }
    }

    /// The key that seals, if it is older than this, or has sealed half of what it bears: it is to be replaced.
    ///
    /// - Parameter age: Zero for as old as it likes.
    /// - Returns: Its version; `nil` if it is young enough, or if nothing was sealed yet.
    /// - Throws: ``RedisError``, `SealingError`.
    public func keyDue(of tenant: TenantID, olderThan age: Duration) async throws -> UInt32? {
        let stored = try await sealers.stored(tenant)
        guard let key = stored.keys.first(where: { $0.version == stored.sealing }) else { return nil }
        let isOld = age > .zero && sealers.clock.now() - key.createdAt > age
        let uses = try await keyUses(of: tenant)[key.version] ?? 0
        return isOld || uses > DataKey.sealLimit / 2 ? key.version : nil
    }

    /// Reads the key rings again if they have changed.
    ///
    /// - Returns: The change up to which this process has read them.
    func followKeys() async throws -> String {
        var command = RedisCommand(.get)
        command.append(ShardKeys.keyGeneration)
        let now = try await redis.send(command).string ?? ""
        guard now != sealers.generation else { return now }
        try await sealers.refresh()
        sealers.generation = now
        return now
    }

    private func set(_ key: String, to value: String) async throws {
        var command = RedisCommand(.set)
        command.append(key)
        command.append(value)
        _ = try await redis.send(command)
    }

    /// Tells the nodes that rings have changed.
    func announce() async throws -> String {
        let word = "\(sealers.clock.now().milliseconds)-\(Hexadecimal.encode(UInt64.random(in: .min ... .max)))"
        try await set(ShardKeys.keyGeneration, to: word)
        return word
    }

    /// Waits until all nodes that live have read the rings as they are now.
    private func waitForNodes(_ generation: String, _ patience: Duration) async throws {
        let end = ContinuousClock.now + patience
        while true {
            let behind = try await nodes().filter {
                $0.ageMilliseconds < Self.deadAfterMilliseconds && $0.keyGeneration != generation
            }
            guard !behind.isEmpty else { return }
            guard ContinuousClock.now < end else { throw StreamsError.nodesBehind(behind.map(\.id)) }
            try await sealers.clock.sleep(for: .milliseconds(200))
        }
    }

    /// Runs a change of rings, of which there is one at a time.
    func withKeyLock<Result>(_ body: () async throws -> Result) async throws -> Result {
        let mark = Hexadecimal.encode(UInt64.random(in: .min ... .max))
        var command = RedisCommand(.set)
        for word in [ShardKeys.keyLock, mark, "NX", "PX", "\((Self.rotationPatience * 3).milliseconds)"] {
            command.append(word)
        }
        guard try await redis.send(command).string == "OK" else { throw StreamsError.rotationUnderWay }
        let result: Swift.Result<Result, any Error>
        do { result = .success(try await body()) } catch { result = .failure(error) }
        // A rotation that is called off gives the lock back too, which what is cancelled cannot do itself.
        await Task { try? await giveBack(mark) }.value
        return try result.get()
    }

    /// Ends a lock, unless somebody else has it by now.
    private func giveBack(_ mark: String) async throws {
        var look = RedisCommand(.get)
        look.append(ShardKeys.keyLock)
        guard try await redis.send(look).string == mark else { return }
        var end = RedisCommand(.del)
        end.append(ShardKeys.keyLock)
        _ = try await redis.send(end)
    }
}
