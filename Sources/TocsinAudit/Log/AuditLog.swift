public import TocsinCore
public import TocsinStreams

/// The names of a deployment's audit logs.
public enum AuditLog {
    /// The origin of a log's tree heads: `tocsin/<deployment>/<tenant>`, and `tocsin/<deployment>/deployment` for what
    /// belongs to no tenant alone.
    ///
    /// The deployment is named by the id of its root key, which says nothing of the key.
    public static func origin(of log: TenantID, deployment: String) -> String {
        "tocsin/\(deployment)/\(name(of: log))"
    }

    /// A log as people name it.
    ///
    /// A tenant may be called `deployment` too; its origin has `tenant:` before it.
    public static func name(of log: TenantID) -> String {
        if log == .deployment { return "deployment" }
        return log.name == "deployment" ? "tenant:deployment" : log.name
    }
}

/// A log's files, as Redis keeps them.
public struct RedisTiles: TileSource {
    let streams: TenantStreams
    let log: TenantID

    /// The files of a log.
    public init(streams: TenantStreams, log: TenantID) {
        self.streams = streams
        self.log = log
    }

    /// The newest signed tree head.
    public func checkpoint() async throws -> [UInt8]? { try await streams.auditHead(of: log)?.note }

    /// A tile.
    public func tile(_ name: TileName) async throws -> [UInt8]? {
        guard let bytes = try await streams.auditTile(level: name.level, index: name.index, of: log) else { return nil }
        return EntryBundle.beginning(of: bytes, name)
    }

    /// The newest tree heads that witnesses have signed as well.
    public func cosigned() async throws -> [String: [UInt8]] { try await streams.auditCosigned(of: log) }
}

extension EntryBundle {
    /// As much of a tile as its name says; `nil` if there is less.
    static func beginning(of bytes: [UInt8], _ name: TileName) -> [UInt8]? {
        guard name.level == nil else {
            let end = name.width * TreeHash.size
            return bytes.count < end ? nil : Array(bytes[..<end])
        }
        var place = 0
        for _ in 0..<name.width {
            guard place + 2 <= bytes.count else { return nil }
            place += 2 + Int(bytes[place]) << 8 + Int(bytes[place + 1])
        }
        return place <= bytes.count ? Array(bytes[..<place]) : nil
    }
}
