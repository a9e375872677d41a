import Synchronization
public import TocsinCore
public import TocsinRedis
import TocsinSealing

/// Something about a Redis server's settings that an operator should know.
public struct ServerFinding: Sendable, Hashable {
    /// Whether Tocsin must not start with it.
    public let isFatal: Bool
    /// A word for scripts.
    public let code: String
    /// What is set, what it does, and what to set.
    public let message: String
}

/// The rules about a server's settings.
enum ServerRules {
    static let notFsync = "redis_not_fsync"

    static let unknown = ServerFinding(
        isFatal: false, code: "redis_settings_unknown",
        message: "the server does not let Tocsin read its settings; make sure that maxmemory-policy is "
            + "noeviction and appendonly is yes")

    static func findings(
        version: String, settings: [String: String], needs: ServerNeeds
    ) -> [ServerFinding] {
        let needsFsync = needs.fsync
        return [
            age(version: version), eviction(settings), persistence(settings, needsFsync: needsFsync),
            fsync(settings, version: version, needsFsync: needsFsync),
        ].compactMap { $0 }
    }

    private static func age(version: String) -> ServerFinding? {
        guard !isAtLeast(7, 0, version) else { return nil }
        return ServerFinding(
            isFatal: true, code: "redis_too_old",
            message: "this server is Redis \(version); Tocsin needs 7.0 or newer, because it uses functions")
    }

    private static func eviction(_ settings: [String: String]) -> ServerFinding? {
        guard let policy = settings["maxmemory-policy"], policy != "noeviction", settings["maxmemory"] != "0" else {
            return nil
        }
        return ServerFinding(
            isFatal: true, code: "redis_evicts",
            message: "maxmemory-policy is \(policy): the server would throw away queued alerts when memory is short; "
                + "set it to noeviction")
    }

    private static func persistence(_ settings: [String: String], needsFsync: Bool) -> ServerFinding? {
        guard let appends = settings["appendonly"], appends != "yes", (settings["save"] ?? "").isEmpty, !needsFsync
        else { return nil }
        return ServerFinding(
            isFatal: false, code: "redis_not_persistent",
            message: "neither appendonly nor save is set: every queued alert is gone when the server restarts; "
                + "set appendonly yes")
    }

    private static func isAtLeast(_ major: Int, _ minor: Int, _ version: String) -> Bool {
        let parts = version.split(separator: ".").map { Int($0) ?? 0 }
        return (parts.first ?? 0, parts.dropFirst().first ?? 0) >= (major, minor)
    }

    /// How a write becomes safe on disk: `WAITAOF` is of 7.2, <https://redis.io/docs/latest/commands/waitaof/>.
    static func disk(_ settings: [String: String], version: String) -> ServerAbilities.Disk {
        guard let appends = settings["appendonly"], let policy = settings["appendfsync"] else { return .unknown }
        guard appends == "yes" else { return .never }
        if policy == "always" { return .always }
        return policy == "everysec" && isAtLeast(7, 2, version) ? .onRequest : .never
    }

    private static func fsync(
        _ settings: [String: String], version: String, needsFsync: Bool
    ) -> ServerFinding? {
        guard let appends = settings["appendonly"], let policy = settings["appendfsync"] else { return nil }
        if needsFsync, disk(settings, version: version) == .never {
            return ServerFinding(
                isFatal: true, code: notFsync,
                message: "a tenant asks for durability fsync, but the server runs with appendonly \(appends) and "
                    + "appendfsync \(policy); set appendonly yes and appendfsync always")
        }
        guard appends == "yes", policy == "no" else { return nil }
        return ServerFinding(
            isFatal: false, code: "redis_rarely_fsync",
            message:
                "appendfsync is no: a power failure loses up to 30 seconds of accepted alerts; set everysec or always")
    }
}

/// What the tenants' durability asks of a server.
public struct ServerNeeds: Sendable, Hashable {
    /// Whether a tenant's alerts must be on disk before they count as accepted.
    public var fsync = false
    /// The most replicas that a tenant's alerts must be on before they do.
    public var replicas = 0

    /// What these classes ask for together.
    public init(_ classes: some Sequence<Durability>) {
        for durability in classes {
            switch durability {
            case .memory: break
            case .fsync: fsync = true
            case .replicated(let count): replicas = max(replicas, count)
            }
        }
    }
}

extension ServerFinding {
    /// Looks at a server's settings and replicas without changing anything.
    ///
    /// A server that does not allow `CONFIG GET` is taken on trust, with a finding that says so.
    ///
    /// - Parameter needs: What the tenants' durability asks for.
    /// - Throws: ``RedisError`` if the server does not answer.
    public static func findings(on redis: RedisClient, needs: ServerNeeds) async throws -> [ServerFinding] {
        ServerReport.findings(try await ServerReport.all(redis), needs)
    }
}

/// What a server tells of itself.
struct ServerReport: Sendable {
    private let version: String
    /// `nil` if it does not tell.
    private let settings: [String: String]?
    let pressure: ServerPressure

    /// What each master tells.
    static func all(_ redis: RedisClient) async throws -> [ServerReport] {
        var reports: [ServerReport] = []
        for server in redis.servers { reports.append(try await ServerReport(redis, server)) }
        guard !reports.isEmpty else { throw RedisError(.disconnected, "no Redis server is known yet") }
        return reports
    }

    /// What is wrong with them, each thing once.
    static func findings(_ reports: [ServerReport], _ needs: ServerNeeds) -> [ServerFinding] {
        var seen: Set<ServerFinding> = []
        return reports.flatMap { $0.findings(needs) }.filter { seen.insert($0).inserted }
    }

    private init(_ redis: RedisClient, _ server: RedisConfiguration.Endpoint) async throws {
        version = try await redis.info("server", of: server)["redis_version"] ?? "0"
        pressure = try await ServerPressure(redis, server)
        do {
            var settings: [String: String] = [:]
            for name in ["maxmemory-policy", "maxmemory", "appendonly", "appendfsync", "save"] {
                settings[name] = try await redis.configGet(name, of: server)
            }
            self.settings = settings
        } catch let error as RedisError where !error.isConnectionLoss {
            settings = nil
        }
    }

    var disk: ServerAbilities.Disk { ServerRules.disk(settings ?? [:], version: version) }

    private func findings(_ needs: ServerNeeds) -> [ServerFinding] {
        ServerRules.findings(version: version, settings: settings ?? [:], needs: needs)
            + [settings == nil ? ServerRules.unknown : nil, replicas(needs)].compactMap { $0 }
    }

    /// Replicas come and go: too few of them are no reason not to start.
    private func replicas(_ needs: ServerNeeds) -> ServerFinding? {
        guard pressure.replicas < needs.replicas else { return nil }
        return ServerFinding(
            isFatal: false, code: "redis_too_few_replicas",
            message: "a tenant asks for durability replicated:\(needs.replicas), but \(pressure.replicas) replicas "
                + "follow this server: its alerts are refused until enough do")
    }
}

extension TenantStreams {
    /// Looks at the server's settings; ``isApproved`` says from then on whether alerts may be kept there.
    ///
    /// What some tenants' durability asks for and the server cannot give is a finding, but refuses only their alerts.
    ///
    /// - Parameter needs: What the tenants' durability asks for.
    /// - Throws: ``RedisError`` if the server does not answer.
    public func checkServer(_ needs: ServerNeeds) async throws -> [ServerFinding] {
        let reports = try await ServerReport.all(redis)
        let disks = Set(reports.map(\.disk))
        // Of servers that differ nobody can say which will have a tenant.
        let disk = disks.count == 1 ? disks.first : disks.contains(.never) ? .never : .unknown
        let replicas = reports.map(\.pressure.replicas).min()
        abilities.withLock { $0 = ServerAbilities(disk: disk ?? .unknown, replicas: replicas) }
        let findings = ServerReport.findings(reports, needs) + [try await rootKeyFinding()].compactMap { $0 }
        approve(!findings.contains { $0.isFatal && $0.code != ServerRules.notFsync })
        return findings
    }

    /// Whether the data are sealed under another root key than this process has.
    ///
    /// Who has another one would seal what nobody else can open, and hold turns that it cannot serve.
    ///
    /// - Returns: `nil` if they are not, or if there are none yet.
    /// - Throws: ``RedisError``.
    public func rootKeyMismatch() async throws -> ServerFinding? {
        let own = sealers.rootKey.id
        var ask = RedisCommand(.get)
        ask.append(ShardKeys.rootKeyID)
        guard let known = try await redis.send(ask).string, known != own else { return nil }
        return ServerFinding(
            isFatal: true, code: "root_key_mismatch",
            message:
                "the data in this Redis was sealed under the root key \(known), and this process has \(own): give it "
                + "the same root key as every other node; nothing was changed")
    }

    private func rootKeyFinding() async throws -> ServerFinding? {
        var remember = RedisCommand(.set)
        for word in [ShardKeys.rootKeyID, sealers.rootKey.id, "NX"] { remember.append(word) }
        _ = try await redis.send(remember)
        return try await rootKeyMismatch()
    }
}
