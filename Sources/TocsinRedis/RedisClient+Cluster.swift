import TocsinCore

extension RedisClient {
    /// How often, and how far apart, a command is sent again that a cluster will take from somebody, or soon.
    private static let mostTries = 20
    private static let pause = Duration.milliseconds(50)

    /// Whether one command may name several keys only if they are of one slot.
    public var isClustered: Bool { configuration.isClustered }

    /// Sends a command to the server that has its key, and follows redirections.
    ///
    /// <https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#redirection-and-resharding>
    func sendWithRedirects(_ command: RedisCommand) async throws -> RedisReply {
        var redirect: RedisError.Redirect?
        var tries = 0
        while true {
            tries += 1
            do {
                return try await send(command, following: redirect)
            } catch let error as RedisError where error.kind == .moved || error.kind == .slotMoving {
                guard tries < Self.mostTries else { throw error }
                doubt()
                redirect = error.redirect
                // Who is pointed at is asked at once, unless that is somebody of whom nothing is known yet.
                let isKnown = redirect.map { connection(to: $0.endpoint) != nil } ?? false
                if !isKnown || tries > 2 { try await Task.sleep(for: Self.pause) }
            } catch let error as RedisError where error.kind == .readOnly {
                // Its connection is closed now, and the layout is about to follow.
                doubt()
                throw error
            }
        }
    }

    private func send(_ command: RedisCommand, following redirect: RedisError.Redirect?) async throws -> RedisReply {
        guard let redirect, let other = connection(to: redirect.endpoint) else {
            return try await connection(for: command.key).send(command)
        }
        guard redirect.isOnce else { return try await other.send(command) }
        // Of the keys that a function does not name, some may still be where its first one was.
        guard !command.isFunctionCall else {
            throw RedisError(.slotMoving, "the keys are on their way to another server of the cluster")
        }
        let replies = try await other.send([RedisCommand(.asking), command])
        guard replies.count == 2 else { throw RedisError(.unexpectedReply, "the server answered with nothing") }
        return try replies[1].get()
    }

    /// Sends commands to the servers that have their keys, at the same time.
    func sendSpread(_ commands: [RedisCommand]) async throws -> [Result<RedisReply, RedisError>] {
        let places = Dictionary(grouping: commands.indices) { try? server(of: commands[$0].key) }
        var results = try await withThrowingTaskGroup(
            of: [(Int, Result<RedisReply, RedisError>)].self
        ) { group in
            for (server, indices) in places {
                group.addTask { try await self.send(indices.map { ($0, commands[$0]) }, to: server) }
            }
            var results: [Int: Result<RedisReply, RedisError>] = [:]
            for try await part in group { for (index, result) in part { results[index] = result } }
            return results
        }
        // In their order, because those of one key belong together.
        for index in commands.indices {
            guard case .failure(let error) = results[index], error.kind == .moved || error.kind == .slotMoving else {
                continue
            }
            doubt()
            do {
                results[index] = .success(try await sendWithRedirects(commands[index]))
            } catch let error as RedisError {
                results[index] = .failure(error)
            }
        }
        let missing = RedisError(.unexpectedReply, "the server answered with nothing")
        return commands.indices.map { results[$0] ?? .failure(missing) }
    }

    private func send(
        _ commands: [(place: Int, command: RedisCommand)], to server: RedisConfiguration.Endpoint?
    ) async throws -> [(Int, Result<RedisReply, RedisError>)] {
        do {
            guard let connection = server.flatMap({ connection(to: $0) }) else {
                throw RedisError(.disconnected, "there is no connection to one of the cluster's servers")
            }
            return zip(commands, try await connection.send(commands.map(\.command))).map { ($0.place, $1) }
        } catch let error as RedisError {
            return commands.map { ($0.place, .failure(error)) }
        }
    }
}
