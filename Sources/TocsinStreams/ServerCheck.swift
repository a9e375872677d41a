import TocsinCore
import TocsinRedis
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
    static func findings(version: String, settings: [String: String], needsFsync: Bool) -> [ServerFinding] {
        [
            age(version: version), eviction(settings), persistence(settings, needsFsync: needsFsync),
            fsync(settings, needsFsync: needsFsync),
        ].compactMap { $0 }
    }

    private static func age(version: String) -> ServerFinding? {
        guard Int(version.split(separator: ".").first ?? "") ?? 0 < 7 else { return nil }
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

    private static func fsync(_ settings: [String: String], needsFsync: Bool) -> ServerFinding? {
        guard let appends = settings["appendonly"], let policy = settings["appendfsync"] else { return nil }
        if needsFsync, appends != "yes" || policy != "always" {
            return ServerFinding(
                isFatal: true, code: "redis_not_fsync",
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

extension TenantStreams {
    /// Looks at the server's settings; ``isApproved`` says from then on whether alerts may be kept there.
    ///
    /// A server that does not allow `CONFIG GET` is taken on trust, with a finding that says so.
    ///
    /// - Parameter needsFsync: Whether a tenant's durability asks for an fsync before an alert counts as accepted.
    /// - Throws: ``RedisError`` if the server does not answer.
    public func checkServer(needsFsync: Bool) async throws -> [ServerFinding] {
        let findings = try await findings(needsFsync: needsFsync) + [rootKeyFinding()].compactMap { $0 }
        approve(!findings.contains(where: \.isFatal))
        return findings
    }

    private func findings(needsFsync: Bool) async throws -> [ServerFinding] {
        let version = try await redis.info("server")["redis_version"] ?? "0"
        let settings: [String: String]
        do {
            settings = try await readSettings()
        } catch let error as RedisError where !error.isConnectionLoss {
            return ServerRules.findings(version: version, settings: [:], needsFsync: needsFsync) + [
                ServerFinding(
                    isFatal: false, code: "redis_settings_unknown",
                    message: "the server does not let Tocsin read its settings; make sure that maxmemory-policy is "
                        + "noeviction and appendonly is yes")
            ]
        }
        return ServerRules.findings(version: version, settings: settings, needsFsync: needsFsync)
    }

    /// A node with another root key would seal what nobody else can open, and hold turns that it cannot serve.
    private func rootKeyFinding() async throws -> ServerFinding? {
        let own = sealers.rootKey.id
        var remember = RedisCommand("SET")
        for word in [ShardKeys.rootKeyID, own, "NX"] { remember.append(word) }
        var ask = RedisCommand("GET")
        ask.append(ShardKeys.rootKeyID)
        guard let known = try await redis.send([remember, ask]).last?.get().string, known != own else { return nil }
        return ServerFinding(
            isFatal: true, code: "root_key_mismatch",
            message: "the data in this Redis was sealed under the root key \(known), and this node has \(own): give it "
                + "the same root key as every other node; nothing was changed")
    }

    private func readSettings() async throws -> [String: String] {
        var settings: [String: String] = [:]
        for name in ["maxmemory-policy", "maxmemory", "appendonly", "appendfsync", "save"] {
            settings[name] = try await redis.configGet(name)
        }
        return settings
    }
}
