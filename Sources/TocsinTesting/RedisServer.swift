import Logging
import NIOPosix
public import TocsinRedis

/// A real redis-server on a Unix socket, and a client that runs with it.
public enum RedisServer {
    /// Runs a body with a server of its own, in a directory that goes with it.
    ///
    /// - Parameters:
    ///   - arguments: More of `redis-server`'s arguments.
    ///   - configure: Changes the client's configuration before it is made.
    public static func with(
        _ arguments: [String] = [], configure: (inout RedisConfiguration, TemporaryDirectory) -> Void = { _, _ in },
        _ body: @Sendable @escaping (RedisClient) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let server = try await start(directory, arguments)
        var configuration = RedisConfiguration(endpoint: .unix(path: directory.file("redis.sock")))
        configure(&configuration, directory)
        let client = RedisClient(
            configuration: configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            try await client.waitUntilConnected(timeout: .seconds(60))
            try await body(client)
            group.cancelAll()
        }
        server.signal(9)
    }

    /// Starts a server on the socket `redis.sock` of a directory and waits until it serves.
    public static func start(_ directory: TemporaryDirectory, _ arguments: [String] = []) async throws -> ChildProcess {
        let server = try ChildProcess(
            "redis-server",
            ["--port", "0", "--unixsocket", directory.file("redis.sock"), "--dir", directory.path, "--save", ""]
                + arguments)
        try await server.waitForLine(containing: "eady to accept connections")
        return server
    }
}
