import ArgumentParser
import Foundation
import Logging
import NIOCore
import NIOPosix
import TocsinConfiguration
import TocsinCore
import TocsinRedis
import TocsinSealing
import TocsinStreams

/// Where a deployment's configuration, data and Redis are; shared by all commands that touch them.
struct DeploymentOptions: ParsableArguments {
    @Option(help: "The configuration file.")
    var config: String = "tocsin.yaml"

    @Option(help: "The directory of the embedded Redis and the root key. Default: data_dir of the configuration.")
    var dataDir: String?

    @Option(
        help:
            "Redis instead of the embedded server: redis://, redis-sentinel:// or redis-cluster://, with rediss… for TLS, or unix://."
    )
    var redis: String?

    @Option(
        help: "A file with the root key. Default: root_key of the configuration, else root.key in the data directory.")
    var rootKeyFile: String?

    /// Reads the configuration; every error is printed, and the first ends the command.
    func load() throws -> TocsinConfiguration {
        try TocsinConfiguration.load(printing: config)
    }

    func dataDirectory(_ configuration: TocsinConfiguration) -> String {
        dataDir ?? configuration.server.dataDirectory
    }

    /// Whether the Redis server is a child of ours.
    func isEmbedded(_ configuration: TocsinConfiguration) -> Bool {
        redis == nil && configuration.server.redis == nil
    }

    func redisConfiguration(_ configuration: TocsinConfiguration) throws -> RedisConfiguration {
        if let redis { return try RedisConfiguration(url: redis, with: configuration.server.redis) }
        if let settings = configuration.server.redis {
            var made = try RedisConfiguration(url: settings.url.reveal(), with: settings)
            if let username = settings.username { made.username = username }
            if let password = settings.password { made.password = password }
            made.connections = settings.connections
            return made
        }
        return RedisConfiguration(
            endpoint: .unix(path: EmbeddedRedis.socketPath(in: dataDirectory(configuration))))
    }

    /// Where relative paths of the configuration start.
    static func directory(of configuration: String) -> String {
        URL(fileURLWithPath: configuration).deletingLastPathComponent().path
    }

    /// The root key.
    ///
    /// Only a node with an embedded Redis may make one: another's data are sealed under a key that exists.
    func rootKey(_ configuration: TocsinConfiguration, mayCreate: Bool) async throws -> RootKey {
        if let rootKeyFile { return try RootKey.load(file: rootKeyFile) }
        switch configuration.server.rootKey {
        case .file(let path): return try RootKey.load(file: path)
        case .environment(let name):
            if let key = try RootKey.load(environment: ProcessInfo.processInfo.environment, variable: name) {
                return key
            }
            throw CommandError(
                code: "root_key_missing",
                message: "the configuration takes the root key from the environment variable \(name), which is not set",
                exitCode: .configuration)
        case .service(let settings):
            return try await WrappedRootKey(settings, of: configuration, directory: Self.directory(of: config))
                .load(mayCreate: mayCreate)
        case nil:
            if let key = try RootKey.load(environment: ProcessInfo.processInfo.environment) { return key }
        }
        if mayCreate { return try DataDirectory.rootKey(in: dataDirectory(configuration)) }
        let path = DataDirectory.rootKeyPath(in: dataDirectory(configuration))
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandError(
                code: "root_key_missing",
                message: "no root key: set TOCSIN_ROOT_KEY or name a file with --root-key-file. Every node of a "
                    + "deployment needs the same one; `openssl rand -hex 32` makes one", exitCode: .configuration)
        }
        return try RootKey.load(file: path)
    }

    /// The deployment that a node belongs to; makes its data directory and root key where it may.
    func deployment(_ configuration: TocsinConfiguration, role: NodeRole) async throws -> Deployment {
        let isEmbedded = isEmbedded(configuration)
        guard !isEmbedded || role == .serve else {
            throw CommandError(
                code: "redis_missing",
                message: "tocsin \(role.rawValue) needs a Redis server that the other nodes use too: name it with "
                    + "--redis redis://host:6379", exitCode: .configuration)
        }
        let directory = isEmbedded ? try DataDirectory(opening: dataDirectory(configuration)) : nil
        return Deployment(
            redis: try redisConfiguration(configuration),
            rootKey: try await rootKey(configuration, mayCreate: isEmbedded),
            embedded: directory.map { .init(directory: $0, door: nil) })
    }

    /// Runs a body with the deployment's queues, for commands that ask one thing and end.
    func withStreams<Result: Sendable>(
        _ body: @escaping @Sendable (TenantStreams, TocsinConfiguration) async throws -> Result
    ) async throws -> Result {
        let configuration = try load()
        let redisConfiguration = try redisConfiguration(configuration)
        let rootKey = try await rootKey(configuration, mayCreate: false)
        var logger = Logger(label: "tocsin")
        logger.logLevel = .error
        let client = RedisClient(
            configuration: redisConfiguration, eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: logger)
        return try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask {
                try await client.run()
                return nil
            }
            group.addTask { [logger] in
                try await client.waitUntilConnected(timeout: .seconds(5))
                let streams = TenantStreams(
                    redis: client, shards: ShardMap(count: configuration.server.shards), rootKey: rootKey,
                    clock: SystemClock(), logger: logger)
                if let mismatch = try await streams.rootKeyMismatch() {
                    throw CommandError(code: mismatch.code, message: mismatch.message, exitCode: .configuration)
                }
                return try await body(streams, configuration)
            }
            while let result = try await group.next() {
                if let result {
                    group.cancelAll()
                    return result
                }
            }
            throw CommandError(code: "redis_closed", message: "the connection to Redis ended", exitCode: .unavailable)
        }
    }
}
