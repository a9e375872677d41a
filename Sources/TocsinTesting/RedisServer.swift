import Logging
import NIOPosix
import TocsinRedis
import TocsinTesting

/// A real redis-server on a Unix socket, and a client that runs with it.
enum RedisServer {
    static func with(
        _ arguments: [String] = [], configure: (inout RedisConfiguration) -> Void = { _ in },
        _ body: @Sendable @escaping (RedisClient, ChildProcess, String) async throws -> Void
    ) async throws {
        let directory = try TemporaryDirectory()
        let socket = directory.file("redis.sock")
        let server = try await start(directory, arguments)
        var configuration = RedisConfiguration(endpoint: .unix(path: socket))
        configure(&configuration)
        let client = RedisClient(
            configuration: configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
            logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            try await client.waitUntilConnected(timeout: .seconds(10))
            try await body(client, server, directory.path)
            group.cancelAll()
        }
        server.signal(9)
    }

    static func start(_ directory: TemporaryDirectory, _ arguments: [String] = []) async throws -> ChildProcess {
        let server = try ChildProcess(
            "redis-server",
            ["--port", "0", "--unixsocket", directory.file("redis.sock"), "--dir", directory.path, "--save", ""]
                + arguments)
        try await server.waitForLine(containing: "eady to accept connections")
        return server
    }
}
