public import TocsinCore
import TocsinRedis
import TocsinSealing

/// What sealing a tenant's records anew has brought.
public struct ResealReport: Sendable, Hashable, Codable {
    /// Whose records they are.
    public var tenant: String
    /// How many are sealed under the newest key now that were under an older one.
    public var resealed = 0
    /// How many are still under an older key: in streams, which empty by themselves, or written meanwhile.
    public var left = 0
    /// How many cannot be opened by any key; they hold no key back.
    public var unreadable = 0
    /// The older keys that some record needs still.
    public var neededKeys: [UInt32] = []
    /// The older keys that nothing has needed for long enough, so that they may be destroyed.
    public var idleKeys: [UInt32] = []
    /// The keys that were destroyed.
    public var destroyedKeys: [UInt32] = []
}

extension TenantStreams {
    private static let recordsAtOnce = 200

    /// Takes the charge of sealing records anew, of which one node has it at a time.
    ///
    /// - Throws: ``RedisError``.
    public func leadReseal(_ id: String, for lease: Duration) async throws -> Bool {
        try await lead(id, for: lease, of: ShardKeys.reseal).isOwn
    }

    /// Seals what is sealed under old keys anew, and finds the keys that nothing needs any more.
    ///
    /// Alerts come in and go out meanwhile: a record is put back only where it is still what was read. A record may also move
    /// from a place that was not looked at yet to one that was. So a key is idle only if an earlier pass too found nothing
    /// that it has sealed, this long before, and none since has; by then no node seals with it either.
    ///
    /// - Parameters:
    ///   - tenants: Whose records; those with one key have nothing to do.
    ///   - age: For how long nothing may have needed a key before it is idle.
    ///   - progress: Is told how many keys of Redis were looked at.
    /// - Returns: A report for each tenant that has several keys.
    /// - Throws: ``RedisError``, `SealingError`.
    public func reseal(
        _ tenants: [TenantID], idleAfter age: Duration, progress: (Int) -> Void = { _ in }
    ) async throws -> [ResealReport] {
        let start = sealers.clock.now()
        var work: [TenantID: (report: ResealReport, keys: [DataKey])] = [:]
        for tenant in tenants {
            let stored = try await sealers.stored(tenant)
            guard stored.keys.count > 1, stored.sealing == stored.keys.last?.version else { continue }
            work[tenant] = (ResealReport(tenant: tenant.name), stored.keys)
        }
        guard !work.isEmpty else { return [] }
        var seen = 0
        try await redis.scan(match: "tocsin:{s*") { names in
            for name in names {
                guard let (tenant, rest) = Self.owner(of: name), let known = work[tenant] else { continue }
                var report = known.report
                try await reseal(rest, of: tenant, &report)
                work[tenant]?.report = report
            }
            seen += names.count
            progress(seen)
        }
        var reports: [ResealReport] = []
        for (tenant, item) in work.sorted(by: { $0.key < $1.key }) {
            var report = item.report
            report.idleKeys = try await idle(
                item.keys.dropLast().map(\.version), but: report.neededKeys, of: tenant, since: start, age)
            reports.append(report)
        }
        return reports
    }

    /// Seals one key's records anew.
    private func reseal(_ rest: String, of tenant: TenantID, _ report: inout ResealReport) async throws {
        let finder = RecordFinder(redis: redis, keys: shards.keys(of: tenant), tenant: tenant)
        var changed = report
        try await finder.records(in: rest) { try await reseal($0, of: tenant, &changed) }
        report = changed
    }

    private func reseal(_ records: [OldRecord], of tenant: TenantID, _ report: inout ResealReport) async throws {
        let keys = shards.keys(of: tenant)
        let sealer = try await sealers.sealer(for: tenant)
        let current = sealer.ring.currentVersion
        var batch: [(record: OldRecord, sealed: [UInt8], version: UInt32)] = []
        var left: [UInt32] = []
        for record in records {
            guard let version = try? Sealer.keyVersion(of: record.sealed), version != current else { continue }
            if case .stream = record.place {
                left.append(version)
                continue
            }
            guard
                let plain = try? sealer.open(
                    record.sealed, shard: keys.shard, purpose: record.purpose, context: record.context)
            else {
                report.unreadable += 1
                continue
            }
            let sealed = try sealer.seal(plain, shard: keys.shard, purpose: record.purpose, context: record.context)
            batch.append((record, sealed, version))
        }
        for start in stride(from: 0, to: batch.count, by: Self.recordsAtOnce) {
            let part = batch[start..<min(batch.count, start + Self.recordsAtOnce)]
            let count = try await putBack(part.map { ($0.record, $0.sealed) }, keys)
            report.resealed += count
            // What was written meanwhile may be under the old key still: the next pass tells.
            if count < part.count { left += part.prefix(part.count - count).map(\.version) }
        }
        report.left += left.count
        report.neededKeys = Set(report.neededKeys + left).sorted()
    }

    /// Puts records back where they are what was read.
    ///
    /// - Returns: How many are.
    private func putBack(_ records: [(old: OldRecord, sealed: [UInt8])], _ keys: ShardKeys) async throws -> Int {
        let size = records.reduce(256) { $0 + $1.sealed.count * 2 + 192 }
        let count = try await call(.reseal, on: keys, capacity: size) { command in
            for (old, sealed) in records {
                command.append(old.words.kind)
                command.append(old.key)
                command.append(old.words.field)
                command.append(old.sealed)
                command.append(sealed)
            }
        }.requireInteger()
        return Int(count)
    }

    /// Notes which old keys nothing needs, and finds those of which that was noted long enough ago.
    ///
    /// - Parameter start: When the pass began.
    private func idle(
        _ old: [UInt32], but needed: [UInt32], of tenant: TenantID, since start: Timestamp, _ age: Duration
    ) async throws -> [UInt32] {
        let key = shards.keys(of: tenant).idleKeys(tenant)
        let noted = try await redis.hgetall(key).reduce(into: [UInt32: Timestamp]()) { noted, entry in
            guard let version = UInt32(entry.key), let text = String(validating: entry.value, as: UTF8.self),
                let time = Int64(text)
            else { return }
            noted[version] = Timestamp(milliseconds: time)
        }
        var commands: [RedisCommand] = []
        for version in needed where noted[version] != nil {
            var command = RedisCommand(.hdel)
            command.append(key)
            command.append(String(version))
            commands.append(command)
        }
        for version in old where !needed.contains(version) && noted[version] == nil {
            var command = RedisCommand(.hset)
            command.append(key)
            command.append(String(version))
            // When it ended: what moved while this pass ran is the next one's to find.
            command.append(String(sealers.clock.now().milliseconds))
            commands.append(command)
        }
        if !commands.isEmpty { for answer in try await redis.send(commands) { _ = try answer.get() } }
        return old.filter { version in
            guard !needed.contains(version), let since = noted[version] else { return false }
            return since <= start && start - since >= age
        }
    }

    /// Takes keys out of a ring for good, after which nothing opens what they have sealed.
    ///
    /// - Throws: ``RedisError``; ``StreamsError`` if a rotation is under way.
    public func destroyKeys(_ versions: [UInt32], of tenant: TenantID) async throws {
        try await withKeyLock {
            let names = shards.keys(of: tenant)
            var commands: [RedisCommand] = []
            for key in [names.dataKeys(tenant), names.idleKeys(tenant)] {
                var command = RedisCommand(.hdel)
                command.append(key)
                for version in versions { command.append(String(version)) }
                commands.append(command)
            }
            for answer in try await redis.send(commands) { _ = try answer.get() }
            _ = try await announce()
        }
        try await sealers.refresh()
    }

    /// Whose key of Redis it is, and its name behind the tenant's.
    private static func owner(of name: String) -> (TenantID, String)? {
        guard let brace = name.firstIndex(of: "}") else { return nil }
        let parts = name[brace...].dropFirst(2).split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2 else { return nil }
        if parts[0] == TenantID.deployment.name { return (.deployment, parts[1]) }
        return TenantID(parts[0]).map { ($0, parts[1]) }
    }
}
