import TocsinCore
import TocsinRedis

/// A node of the cluster as it last described itself.
public struct NodeReport: Sendable, Hashable, Codable {
    /// The node's id.
    public var id: String
    /// `serve`, `ingest` or `worker`.
    public var role: String
    /// The program's version.
    public var version: String
    /// Where others find it.
    public var address: String
    /// When it last said so, in milliseconds since the Unix epoch, by its own clock.
    public var seenAt: Int64
    /// Notifications in flight.
    public var inFlight: Int

    /// A node's report.
    public init(id: String, role: String, version: String, address: String, seenAt: Int64, inFlight: Int) {
        self.id = id
        self.role = role
        self.version = version
        self.address = address
        self.seenAt = seenAt
        self.inFlight = inFlight
    }
}

extension TenantStreams {
    /// Describes this node to the others.
    public func report(_ node: NodeReport) async throws {
        var writer = RecordWriter()
        writer.write(byte: 2)
        writer.write(node.role)
        writer.write(node.version)
        writer.write(node.address)
        writer.write(signed: node.seenAt)
        writer.write(signed: Int64(node.inFlight))
        var command = RedisCommand("HSET")
        command.append(ShardKeys.nodes)
        command.append(node.id)
        command.append(writer.bytes)
        _ = try await redis.send(command)
    }

    /// Forgets a node that has left.
    public func forget(node id: String) async throws {
        var command = RedisCommand("HDEL")
        command.append(ShardKeys.nodes)
        command.append(id)
        _ = try await redis.send(command)
    }

    /// All nodes that have described themselves and have not left.
    public func nodes() async throws -> [NodeReport] {
        try await redis.hgetall(ShardKeys.nodes).map { id, bytes in
            var reader = RecordReader(bytes)
            guard try reader.readByte() == 2 else { throw StreamsError.malformed("a node's report") }
            return NodeReport(
                id: id, role: try reader.readString(), version: try reader.readString(),
                address: try reader.readString(),
                seenAt: try reader.readInt(), inFlight: Int(try reader.readInt()))
        }.sorted { $0.id < $1.id }
    }
}
