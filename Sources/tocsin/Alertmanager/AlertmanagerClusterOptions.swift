import ArgumentParser
import Foundation
import Logging
import TocsinConfiguration
import TocsinCore
import TocsinRedis
import TocsinSealing

/// Alertmanager's flags for its cluster: nodes that name each other share one Redis server.
struct AlertmanagerClusterOptions: ParsableArguments {
    @Option(name: .customLong("cluster.listen-address"), help: "This node's address in the cluster; empty for none.")
    var listenAddress = "0.0.0.0:9094"

    @Option(name: .customLong("cluster.advertise-address"), help: "The address by which the other nodes name this one.")
    var advertiseAddress: String?

    @Option(name: .customLong("cluster.peer"), help: "A node of the cluster, as host:port; may be repeated.")
    var peers: [String] = []

    @Option(name: .customLong("cluster.label"), help: "Keeps clusters apart: nodes with another label are strangers.")
    var label = ""

    @Option(
        name: .customLong("cluster.tls-config"),
        help: "Taken, without effect: nodes meet in Redis. Use --redis rediss://host:port for TLS between them.")
    var tlsConfig = ""

    /// The address by which the other nodes know this one.
    var ownAddress: String? {
        if let advertiseAddress { return advertiseAddress }
        return listenAddress.isEmpty ? nil : listenAddress
    }

    /// The deployment that the flags describe.
    func deployment(of options: AlertmanagerOptions, logger: Logger) async throws -> Deployment {
        if let redis = options.redis {
            let configuration = try RedisConfiguration(url: redis)
            if !configuration.usesTLS { warnOfPlainText(logger) }
            return Deployment(redis: configuration, rootKey: try foundRootKey(options), embedded: nil)
        }
        guard !listenAddress.isEmpty,
            let cluster = try AlertmanagerCluster(
                listening: listenAddress, advertised: advertiseAddress, peers: peers, label: label)
        else {
            let directory = try DataDirectory(opening: options.storagePath)
            return Deployment(
                redis: RedisConfiguration(endpoint: .unix(path: EmbeddedRedis.socketPath(in: options.storagePath))),
                rootKey: try rootKey(options) ?? DataDirectory.rootKey(in: options.storagePath),
                embedded: .init(directory: directory, door: nil))
        }
        logger.notice(
            """
            the nodes of this cluster share the Redis server of its first node; who can reach that and knows all \
            addresses can read it: keep it inside a trusted network, or use --redis
            """, metadata: ["tocsin.first": "\(cluster.first)"])
        warnOfPlainText(logger)
        return try deployment(of: options, in: cluster)
    }

    /// Somebody who asks for TLS between the nodes and does not get it must hear of it.
    private func warnOfPlainText(_ logger: Logger) {
        guard !tlsConfig.isEmpty else { return }
        logger.error(
            """
            --cluster.tls-config has no effect: the nodes of this cluster talk to Redis WITHOUT TLS; give all of them one \
            Redis server with --redis rediss://host:port
            """)
    }

    private func deployment(of options: AlertmanagerOptions, in cluster: AlertmanagerCluster) throws -> Deployment {
        let key = try rootKey(options) ?? cluster.rootKey
        guard cluster.isFirst else {
            var redis = RedisConfiguration(endpoint: .tcp(host: cluster.first.host, port: cluster.first.port))
            redis.password = Secret(cluster.password)
            // The first node may start last, and the others are of no use before it has.
            redis.reconnect = Backoff(initial: .milliseconds(20), maximum: .milliseconds(200))
            return Deployment(redis: redis, rootKey: key, embedded: nil)
        }
        var redis = RedisConfiguration(endpoint: .unix(path: EmbeddedRedis.socketPath(in: options.storagePath)))
        redis.password = Secret(cluster.password)
        return Deployment(
            redis: redis, rootKey: key,
            embedded: .init(
                directory: try DataDirectory(opening: options.storagePath),
                door: RedisDoor(
                    host: cluster.listened.host, port: cluster.listened.port, password: cluster.password)))
    }

    /// The root key that somebody gave; `nil` if nobody did.
    private func rootKey(_ options: AlertmanagerOptions) throws -> RootKey? {
        if let file = options.rootKeyFile { return try RootKey.load(file: file) }
        return try RootKey.load(environment: ProcessInfo.processInfo.environment)
    }

    /// The root key for a Redis server that is not ours, whose data are sealed under a key that exists.
    private func foundRootKey(_ options: AlertmanagerOptions) throws -> RootKey {
        if let key = try rootKey(options) { return key }
        let path = DataDirectory.rootKeyPath(in: options.storagePath)
        guard FileManager.default.fileExists(atPath: path) else {
            throw CommandError(
                code: "root_key_missing",
                message:
                    "no root key: set TOCSIN_ROOT_KEY or name a file with --root-key-file. Every node on this Redis "
                    + "server needs the same one; `openssl rand -hex 32` makes one", exitCode: .configuration)
        }
        return try RootKey.load(file: path)
    }
}
