import Foundation
import TocsinTesting

/// A deployment of real processes in a directory of its own: redis-server, ingest nodes, workers.
final class Deployment: Sendable {
    let directory: TemporaryDirectory
    let redisURL: String
    let configuration: String
    let environment: [String: String]
    /// Redis' setting for `appendfsync`.
    let fsync: String

    /// - Parameters:
    ///   - tenants: YAML of `receivers.yaml`.
    ///   - server: More lines of `tocsin.yaml`.
    ///   - ingest: More lines of its part `ingest`, indented.
    ///   - redisURL: How Redis is found; `nil` for the socket `redis.sock` in the directory.
    ///   - more: What else the environment of every node has.
    init(
        tenants: String, server: String = "", ingest: String = "", fsync: String = "everysec",
        requiresToken: Bool = false, redisURL: String? = nil, environment more: [String: String] = [:]
    ) throws {
        directory = try TemporaryDirectory()
        self.fsync = fsync
        self.redisURL = redisURL ?? "unix://" + directory.file("redis.sock")
        try directory.write(tenants, to: "receivers.yaml")
        configuration = try directory.write(
            "listen: 127.0.0.1:0\ningest:\n  require_token: \(requiresToken)\n" + ingest + server, to: "tocsin.yaml")
        let key = (0..<32).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        environment = more.merging(["TOCSIN_ROOT_KEY": key]) { $1 }
    }

    /// Where Redis keeps its data.
    var redisDirectory: String { directory.file("redis") }

    /// The program under test, which is built beside the tests.
    static let executable = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        .appendingPathComponent("tocsin").path

    func startRedis() async throws -> ChildProcess {
        try FileManager.default.createDirectory(atPath: redisDirectory, withIntermediateDirectories: true)
        let redis = try ChildProcess(
            "redis-server",
            [
                "--port", "0", "--unixsocket", directory.file("redis.sock"), "--dir", redisDirectory, "--appendonly",
                "yes",
                "--appendfsync", fsync, "--save", "", "--maxmemory-policy", "noeviction",
            ])
        try await redis.waitForLine(containing: "eady to accept connections")
        try await eventually(deadline: .seconds(60), "redis answers") { (try? self.redisCommand("PING")) == "PONG" }
        return redis
    }

    /// Asks Redis with `redis-cli`.
    @discardableResult
    func redisCommand(_ words: String...) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["redis-cli", "-s", directory.file("redis.sock")] + words
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        try? output.fileHandleForReading.close()
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Starts an ingest node and answers its port with it.
    ///
    /// - Parameters:
    ///   - delay: How long it goes on when it is asked to end; no test waits for that unasked.
    ///   - arguments: More words of the command.
    ///   - link: The way to Redis, where it is not the socket itself.
    func startIngest(
        port: Int? = nil, delay: String = "0s", _ arguments: [String] = [], over link: CuttableLink? = nil
    ) async throws -> (process: ChildProcess, port: Int) {
        let port = try port ?? FreePort.find()
        let node = try start(
            "ingest", ["--listen", "127.0.0.1:\(port)", "--shutdown-delay", delay] + arguments, over: link)
        try await waitUntilReady(port, node)
        return (node, port)
    }

    /// Starts a node of all roles on the deployment's Redis.
    func startNode() async throws -> (process: ChildProcess, port: Int) {
        let port = try FreePort.find()
        let node = try start("serve", ["--listen", "127.0.0.1:\(port)"])
        try await waitUntilReady(port, node)
        return (node, port)
    }

    func startWorker(_ arguments: [String] = [], over link: CuttableLink? = nil) async throws -> ChildProcess {
        let worker = try start("worker", arguments, over: link)
        try await worker.waitForLine(containing: "Redis is ready")
        return worker
    }

    /// Starts everything in one process, with an embedded Redis.
    func startServe() async throws -> (process: ChildProcess, port: Int) {
        let port = try FreePort.find()
        let node = try ChildProcess(
            Deployment.executable,
            [
                "serve", "--config", configuration, "--data-dir", directory.file("data"), "--listen",
                "127.0.0.1:\(port)", "--log-level", "debug",
            ])
        try await waitUntilReady(port, node)
        return (node, port)
    }

    /// Starts a node and does not wait for it.
    func start(
        _ role: String, _ arguments: [String], environment more: [String: String] = [:],
        program: String = Deployment.executable, over link: CuttableLink? = nil
    ) throws -> ChildProcess {
        try ChildProcess(
            program,
            [
                role, "--config", configuration, "--redis", link.map { "redis://127.0.0.1:\($0.port)" } ?? redisURL,
                "--log-level", "debug",
            ] + arguments,
            environment: environment.merging(more) { $1 })
    }

    /// The nodes, as `tocsin node list` tells them.
    func nodes() async throws -> [Node] {
        let (ending, output) = try await run(["node", "list", "--output", "json"])
        guard ending == .exit(0) else { throw DeadNode(transcript: output) }
        return try JSONDecoder().decode([Node].self, from: Data(output.utf8))
    }

    struct Node: Decodable {
        let id: String
        let role: String
        let inFlight: Int
        let turns: Int
        let tenants: [String]
        let memoryBytes: Int
        let isDraining: Bool
        let protocolVersion: Int
        let library: String
        let ageMilliseconds: Int
    }

    /// Runs a command to its end.
    func run(
        _ arguments: [String], onDeployment: Bool = true
    ) async throws -> (ending: ChildProcess.Ending, output: String) {
        let place = ["--config", configuration] + (onDeployment ? ["--redis", redisURL] : [])
        let process = try ChildProcess(
            Deployment.executable, arguments + place,
            environment: environment)
        let ending = try await process.waitForEnd()
        return (ending, process.lines(.output).joined(separator: "\n"))
    }

    private func waitUntilReady(_ port: Int, _ node: ChildProcess) async throws {
        try await eventually(deadline: .seconds(120), "the node is ready:\n\(node.transcript)") {
            guard node.isRunning else { throw DeadNode(transcript: node.transcript) }
            return await HTTP.get("http://127.0.0.1:\(port)/-/ready")?.status == 200
        }
    }

    struct DeadNode: Error { let transcript: String }

    /// The counts of the ledger and the queues, checked against each other; `nil` while they disagree.
    func balance(_ tenant: String) async throws -> Balance? {
        let (ending, output) = try await run(["status", "--tenant", tenant, "--audit", "--output", "json"])
        guard ending == .exit(0) || ending == .exit(1) else { throw DeadNode(transcript: output) }
        struct Report: Decodable { let tenants: [Balance] }
        return try JSONDecoder().decode(Report.self, from: Data(output.utf8)).tenants.first
    }

    struct Balance: Decodable {
        struct Ledger: Decodable {
            let accepted: Int
            let delivered: Int
            let dead: Int
            let attempts: Int
            let suppressed: Int
            let superseded: Int
        }
        let ledger: Ledger
        let expectedPending: Int
        let isBalanced: Bool?
        let deadLetters: Int
    }
}

/// Requests of a sender.
enum HTTP {
    struct Answer: Sendable {
        let status: Int
        let body: String
        var retryAfter: Int? { headers["Retry-After"].flatMap { Int($0) } }
        let headers: [String: String]
    }

    static func get(_ url: String, headers: [String: String] = [:]) async -> Answer? {
        await send(url, body: nil, headers: headers)
    }

    static func delete(_ url: String, headers: [String: String] = [:]) async -> Answer? {
        await send(url, body: nil, headers: headers, method: "DELETE")
    }

    static func post(_ url: String, _ body: String, headers: [String: String] = [:]) async -> Answer? {
        await send(url, body: body, headers: headers)
    }

    private static func send(_ url: String, body: String?, headers: [String: String], method: String? = nil) async
        -> Answer?
    {
        guard let address = URL(string: url) else { return nil }
        var request = URLRequest(url: address, timeoutInterval: 10)
        if let body {
            request.httpMethod = "POST"
            request.httpBody = Data(body.utf8)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        if let method { request.httpMethod = method }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        guard let (data, response) = try? await URLSession.shared.data(for: request),
            let answer = response as? HTTPURLResponse
        else { return nil }
        return Answer(
            status: answer.statusCode, body: String(decoding: data, as: UTF8.self),
            headers: Dictionary(
                answer.allHeaderFields.map { ("\($0)", "\($1)") }.map { ($0.0.capitalized, $0.1) },
                uniquingKeysWith: { first, _ in first }))
    }
}

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif
