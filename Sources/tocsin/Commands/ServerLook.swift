import Logging
import NIOPosix
import TocsinRedis
import TocsinStreams

/// Looks at a Redis server once, for a command that ends then.
struct ServerLook {
    private let client: RedisClient

    init(_ server: RedisConfiguration) {
        var logger = Logger(label: "tocsin")
        logger.logLevel = .error
        client = RedisClient(
            configuration: server, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
    }

    /// What is wrong with the server.
    ///
    /// - Throws: ``RedisError`` if it does not answer within five seconds.
    func findings(_ needs: ServerNeeds) async throws -> [ServerFinding] {
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            defer { group.cancelAll() }
            try await client.waitUntilConnected(timeout: .seconds(5))
            return try await ServerFinding.findings(on: client, needs: needs)
        }
    }
}
