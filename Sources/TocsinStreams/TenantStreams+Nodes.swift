import TocsinCore
import TocsinRedis

extension TenantStreams {
    /// The version of what nodes share in Redis: the keys, what the functions do to them, and the sealed records.
    ///
    /// Two nodes may share a Redis if their versions differ by one at most. A change that the version before cannot live
    /// with is made in two steps: first what reads the new form, then, one version later, what writes it.
    public static let protocolVersion = 1

    /// Describes this node to the others.
    ///
    /// - Returns: Whether somebody wants this node to end.
    /// - Throws: ``RedisError``.
    public func report(_ node: NodeReport) async throws -> Bool {
        var node = node
        node.protocolVersion = Self.protocolVersion
        node.library = library.digest
        // A ring that cannot be read keeps its new key from being used, and not this node from being heard.
        node.keyGeneration = (try? await followKeys()) ?? sealers.generation
        let record = node.record
        return try await tell(node.id, "here", record).isDraining
    }

    /// Forgets a node that has left.
    ///
    /// - Throws: ``RedisError``.
    public func forget(node id: String) async throws { _ = try await tell(id, "gone") }

    /// Asks a node to end: it takes no more work, finishes or hands back what it has, and goes.
    ///
    /// The node reads it with its next report, within two seconds.
    ///
    /// - Returns: `false` if there is no such node.
    /// - Throws: ``RedisError``.
    public func drain(node id: String) async throws -> Bool { try await tell(id, "drain").isKnown }

    /// Whether somebody has asked a node to end that has not ended yet.
    ///
    /// - Throws: ``RedisError``.
    public func isDraining(node id: String) async throws -> Bool {
        try await nodes().contains { $0.id == id && $0.isDraining }
    }

    private func tell(
        _ id: String, _ word: String, _ record: [UInt8] = []
    ) async throws -> (isKnown: Bool, isDraining: Bool) {
        let reply = try await call(.node, on: ShardKeys.nodes) { command in
            command.append(id)
            command.append(word)
            command.append(record)
        }
        let answer = try reply.requireArray()
        guard answer.count == 2 else { throw StreamsError.unexpectedAnswer("node") }
        return (try answer[0].requireInteger() == 1, try answer[1].requireInteger() == 1)
    }

    /// All nodes that have described themselves within the last minute and have not left, in the order of their ids.
    ///
    /// - Throws: ``RedisError``.
    public func nodes() async throws -> [NodeReport] {
        let answer = try (try await call(.fleet, on: ShardKeys.nodes) { _ in }).requireArray()
        guard answer.count % 4 == 1, let now = answer[0].string.flatMap({ Int64($0) }) else {
            throw StreamsError.unexpectedAnswer("fleet")
        }
        return try stride(from: 1, to: answer.count, by: 4).map { index in
            var node = NodeReport(
                id: try answer[index].requireString(), record: try answer[index + 1].requireBytes())
            // A node of an older version does not have Redis note the time.
            let isOld = node.protocolVersion == 0 && node.seenAt > 0
            let noted = answer[index + 2].string.flatMap { Double($0) }.map { Int64($0) }
            node.ageMilliseconds = max(0, now - (isOld ? node.seenAt : noted ?? node.seenAt))
            node.isDraining = try node.isDraining || answer[index + 3].requireInteger() == 1
            return node
        }.sorted { $0.id < $1.id }
    }
}
