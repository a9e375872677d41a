import Logging
import NIOPosix
import TocsinRedis
import TocsinTesting

/// Runs a body with a client of a URL.
func withClient(
    _ url: String, configure: (inout RedisConfiguration) -> Void = { _ in },
    _ body: @Sendable @escaping (RedisClient) async throws -> Void
) async throws {
    var configuration = try RedisConfiguration(url: url)
    configure(&configuration)
    let client = RedisClient(
        configuration: configuration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton,
        logger: Logger(label: "test"))
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await client.run() }
        try await client.waitUntilConnected(timeout: .seconds(60))
        try await body(client)
        group.cancelAll()
    }
}

/// A command of any words.
func command(_ words: String...) -> RedisCommand {
    var command = RedisCommand(unlisted: words[0])
    for word in words.dropFirst() { command.append(word) }
    return command
}
