/// Several real redis-servers on loopback that belong together.
public final class RedisServers: Sendable {
    /// One of them.
    public struct Server: Sendable {
        /// Its port on 127.0.0.1.
        public let port: Int
        /// Its process.
        public let process: ChildProcess
        fileprivate var arguments: [String] = []

        /// Asks it with `redis-cli`, and answers what that prints.
        @discardableResult
        public func ask(_ words: String...) async throws -> String { try await ask(words) }

        func ask(_ words: [String]) async throws -> String {
            let asked = try ChildProcess("redis-cli", ["-p", "\(port)"] + words)
            try await asked.waitForEnd(deadline: .seconds(60))
            return asked.lines(.output).joined(separator: "\n")
        }
    }

    /// What a client needs to reach them.
    public let url: String
    /// The master and its replica, or the three masters of a cluster and their replicas, each after the other.
    public let servers: [Server]
    /// The Sentinels, if there are any.
    public let sentinels: [Server]
    private let directory: TemporaryDirectory

    private init(url: String, servers: [Server], sentinels: [Server], directory: TemporaryDirectory) {
        (self.url, self.servers, self.sentinels, self.directory) = (url, servers, sentinels, directory)
    }

    /// Kills all of them, those that are stopped too.
    public func end() { for server in servers + sentinels { server.process.signal(9) } }

    /// Starts a server again that has ended, with its data, as it was started at first.
    public func restart(_ server: Server) async throws -> Server {
        try await Self.start(directory, server.arguments, port: server.port)
    }

    /// A master and a replica that three Sentinels watch.
    ///
    /// - Parameter arguments: More of `redis-server`'s arguments for both.
    public static func watchedBySentinels(_ arguments: [String] = []) async throws -> RedisServers {
        let directory = try TemporaryDirectory()
        let master = try await start(directory, ["--repl-diskless-sync-delay", "0"] + arguments)
        let replica = try await start(
            directory,
            ["--repl-diskless-sync-delay", "0", "--replicaof", "127.0.0.1", "\(master.port)"] + arguments)
        try await eventually("the replica follows") {
            try await replica.ask("INFO", "replication").contains("master_link_status:up")
        }
        var sentinels: [Server] = []
        for number in 0..<3 {
            let port = try FreePort.find()
            let file = try directory.write(
                """
                port \(port)
                bind 127.0.0.1
                dir \(directory.path)
                sentinel monitor tocsin 127.0.0.1 \(master.port) 2
                sentinel down-after-milliseconds tocsin 1000
                sentinel failover-timeout tocsin 6000
                """, to: "sentinel\(number).conf")
            let process = try ChildProcess("redis-server", [file, "--sentinel"])
            sentinels.append(Server(port: port, process: process))
        }
        for sentinel in sentinels {
            try await eventually("the Sentinels know each other and the replica") {
                let facts = try await sentinel.ask("SENTINEL", "MASTER", "tocsin").split(separator: "\n")
                func value(_ name: Substring) -> Substring? {
                    facts.firstIndex(of: name).map { $0 + 1 }.flatMap { $0 < facts.count ? facts[$0] : nil }
                }
                return value("num-other-sentinels") == "2" && value("num-slaves") == "1"
            }
        }
        let places = sentinels.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
        return RedisServers(
            url: "redis-sentinel://\(places)/tocsin", servers: [master, replica], sentinels: sentinels,
            directory: directory)
    }

    /// A cluster of three masters with a replica each.
    ///
    /// - Parameter arguments: More of `redis-server`'s arguments for all.
    public static func cluster(_ arguments: [String] = []) async throws -> RedisServers {
        let directory = try TemporaryDirectory()
        var servers: [Server] = []
        for number in 0..<6 {
            servers.append(
                try await start(
                    directory,
                    [
                        "--cluster-enabled", "yes", "--cluster-config-file", "nodes\(number).conf",
                        "--cluster-node-timeout", "2000", "--repl-diskless-sync-delay", "0",
                        "--cluster-replica-validity-factor", "0",
                    ] + arguments))
        }
        let places = servers.map { "127.0.0.1:\($0.port)" }
        let made = try await servers[0].ask(
            ["--cluster", "create"] + places + ["--cluster-replicas", "1", "--cluster-yes"])
        for server in servers {
            try await eventually("the cluster serves:\n\(made)") {
                let info = try await server.ask("CLUSTER", "INFO")
                return info.contains("cluster_state:ok") && info.contains("cluster_known_nodes:6")
            }
        }
        return RedisServers(
            url: "redis-cluster://" + places[0..<3].joined(separator: ","), servers: servers, sentinels: [],
            directory: directory)
    }

    /// Starts a server; at another port if somebody was faster to take the first one, or the second one of a cluster.
    private static func start(
        _ directory: TemporaryDirectory, _ arguments: [String], port known: Int? = nil
    ) async throws -> Server {
        for _ in 0..<4 where known == nil {
            if let server = try? await tryToStart(directory, arguments, port: nil) { return server }
        }
        return try await tryToStart(directory, arguments, port: known)
    }

    private static func tryToStart(
        _ directory: TemporaryDirectory, _ arguments: [String], port known: Int?
    ) async throws -> Server {
        var port = try known ?? FreePort.find()
        // A cluster's servers listen at a second port, which is larger by ten thousand.
        for _ in 0..<1000 where known == nil && port > 55_000 { port = try FreePort.find() }
        let process = try ChildProcess(
            "redis-server",
            [
                "--port", "\(port)", "--bind", "127.0.0.1", "--dir", directory.path, "--dbfilename", "\(port).rdb",
                "--save", "", "--appendonly", "no", "--appenddirname", "aof-\(port)",
            ] + arguments)
        try await process.waitForLine(containing: "eady to accept connections")
        return Server(port: port, process: process, arguments: arguments)
    }
}
