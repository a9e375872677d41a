import TocsinCore

/// An entry of a stream.
public struct StreamEntry: Sendable {
    /// Its id, `milliseconds-sequence`.
    public let id: String
    /// Its fields and values, in turn.
    public let fields: RedisReply
}

extension RedisClient {
    /// All fields of a hash.
    public func hgetall(_ key: String) async throws -> [(key: String, value: [UInt8])] {
        let values = try await send(command(.hgetall, key)).requireArray()
        return try stride(from: 0, to: values.count - 1, by: 2).map { index in
            (try values[index].requireString(), try values[index + 1].requireBytes())
        }
    }

    /// All fields of a hash, in parts: what is there all the time is met, what comes or goes meanwhile may be.
    public func hscan(_ key: String, _ body: ([(key: String, value: [UInt8])]) async throws -> Void) async throws {
        var cursor = "0"
        repeat {
            let answer = try await send(command(.hscan, key, cursor, "COUNT", "500")).requireArray()
            guard answer.count == 2 else { throw RedisError(.unexpectedReply, "HSCAN answered in an unknown form") }
            cursor = try answer[0].requireString()
            let values = try answer[1].requireArray()
            try await body(
                try stride(from: 0, to: values.count - 1, by: 2).map { index in
                    (try values[index].requireString(), try values[index + 1].requireBytes())
                })
        } while cursor != "0"
    }

    /// How many entries a stream has.
    public func xlen(_ key: String) async throws -> Int {
        Int(try await send(command(.xlen, key)).requireInteger())
    }

    /// How many members a sorted set has.
    public func zcard(_ key: String) async throws -> Int {
        Int(try await send(command(.zcard, key)).requireInteger())
    }

    /// How many entries of a stream a consumer group has handed out that are not acknowledged; 0 without the group.
    public func pendingCount(_ key: String, group: String) async throws -> Int {
        do {
            return Int(try await send(command(.xpending, key, group)).requireArray().first?.integer ?? 0)
        } catch let error as RedisError where error.kind == .noGroup {
            return 0
        }
    }

    /// All entries of a stream, oldest first.
    public func xrange(_ key: String) async throws -> [StreamEntry] {
        var entries: [StreamEntry] = []
        try await xrange(key) { entries += $0 }
        return entries
    }

    /// All entries of a stream, oldest first, in parts.
    public func xrange(_ key: String, _ body: ([StreamEntry]) async throws -> Void) async throws {
        var start = "-"
        while true {
            let part = try await send(command(.xrange, key, start, "+", "COUNT", "1000")).requireArray()
            let entries = try part.map { item in
                let pair = try item.requireArray()
                guard pair.count == 2 else { throw RedisError(.unexpectedReply, "XRANGE answered in an unknown form") }
                return StreamEntry(id: try pair[0].requireString(), fields: pair[1])
            }
            try await body(entries)
            guard part.count == 1000, let last = entries.last else { return }
            start = "(" + last.id
        }
    }

    /// All keys that match a pattern, each once.
    public func scanAll(match pattern: String) async throws -> [String] {
        var found: Set<String> = []
        try await scan(match: pattern) { found.formUnion($0) }
        return found.sorted()
    }

    /// Reads all keys that match a pattern, page by page; one that is written meanwhile may come twice or not at all.
    public func scan(match pattern: String, _ body: ([String]) async throws -> Void) async throws {
        for server in servers {
            var cursor = "0"
            repeat {
                let answer = try await send(
                    command(.scan, cursor, "MATCH", pattern, "COUNT", "1000"), to: server
                ).requireArray()
                guard answer.count == 2 else { throw RedisError(.unexpectedReply, "SCAN answered in an unknown form") }
                cursor = try answer[0].requireString()
                try await body(try answer[1].requireArray().map { try $0.requireString() })
            } while cursor != "0"
        }
    }

    /// A section of a server's report on itself.
    public func info(_ section: String, of server: RedisConfiguration.Endpoint) async throws -> [String: String] {
        let text = try await send(command(.info, section), to: server).requireString()
        var fields: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            fields[String(line[..<colon])] = String(line[line.index(after: colon)...])
        }
        return fields
    }

    /// A setting of a server, or `nil` if it has none of that name.
    public func configGet(_ name: String, of server: RedisConfiguration.Endpoint) async throws -> String? {
        let answer = try await send(command(.configGet, name), to: server).requireArray()
        return answer.count == 2 ? try answer[1].requireString() : nil
    }

    private func command(_ verb: RedisVerb, _ words: String...) -> RedisCommand {
        var command = RedisCommand(verb)
        for word in words { command.append(word) }
        return command
    }
}
