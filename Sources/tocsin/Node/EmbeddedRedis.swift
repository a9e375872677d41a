import Foundation
import Logging
import ServiceLifecycle
import TocsinCore

/// A `redis-server` of our own: a child process on a Unix socket in the data directory, kept running and stopped again.
///
/// If an earlier process of ours was killed, its server may still run: it is used as it is, because stopping it would
/// help nobody.
struct EmbeddedRedis: Service {
    let dataDirectory: String
    /// Where other nodes reach it; `nil` if none do.
    let door: RedisDoor?
    /// Whether every accepted alert must be on the disk before it counts.
    let fsyncsAlways: Bool
    let clock: any WallClock
    let logger: Logger

    /// Where the server of a data directory listens.
    static func socketPath(in dataDirectory: String) -> String {
        URL(fileURLWithPath: dataDirectory).appendingPathComponent("redis.sock").path
    }

    private var socketPath: String { EmbeddedRedis.socketPath(in: dataDirectory) }

    func run() async throws {
        let backoff = Backoff(initial: .milliseconds(200), maximum: .seconds(5))
        var failures = 0
        while !Task.isCancelled && !Task.isShuttingDownGracefully {
            if UnixSocketProbe.isListening(socketPath) {
                logger.info("using the redis-server that already runs in the data directory")
                await cancelWhenGracefulShutdown { await self.waitWhileListening() }
            } else {
                let started = clock.now()
                let status = try await runServer()
                guard !Task.isCancelled && !Task.isShuttingDownGracefully else { break }
                failures = clock.now() - started > .seconds(60) ? 1 : failures + 1
                logger.error(
                    "redis-server ended by itself and is started again", metadata: ["tocsin.exit": "\(status)"])
                var generator = SystemRandomNumberGenerator()
                try await clock.sleep(for: backoff.delay(afterFailures: failures, using: &generator))
            }
        }
        await stopAdopted()
    }

    /// Starts the server and waits for its end; a shutdown of ours ends it.
    private func runServer() async throws -> Int32 {
        let process = Process()
        process.executableURL = try EmbeddedRedis.findServer()
        process.arguments = arguments
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.nullDevice
        let (ends, continuation) = AsyncStream.makeStream(of: Int32.self, bufferingPolicy: .bufferingNewest(1))
        process.terminationHandler = { process in
            continuation.yield(process.terminationStatus)
            continuation.finish()
        }
        try EmbeddedRedis.withSignalsUnblocked { try process.run() }
        logger.info("redis-server started", metadata: ["tocsin.pid": "\(process.processIdentifier)"])
        let pid = process.processIdentifier
        return await withTaskCancellationOrGracefulShutdownHandler {
            var iterator = ends.makeAsyncIterator()
            // The end is awaited without regard to cancellation: a server that writes its last data is not left behind.
            return await iterator.next() ?? -1
        } onCancelOrGracefulShutdown: {
            kill(pid, SIGTERM)
        }
    }

    /// A child inherits the signals that its parent's thread blocks, and the runtime's threads block SIGTERM.
    private static func withSignalsUnblocked(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        sigemptyset(&none)
        pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    private var arguments: [String] {
        network + [
            "--unixsocket", socketPath, "--unixsocketperm", "700", "--dir", dataDirectory,
            "--daemonize", "no", "--appendonly", "yes", "--appendfsync", fsyncsAlways ? "always" : "everysec",
            "--save", "", "--maxmemory-policy", "noeviction", "--stream-node-max-bytes", "16384",
            "--hash-max-listpack-value", "2048", "--loglevel", "warning", "--logfile",
            URL(fileURLWithPath: dataDirectory).appendingPathComponent("redis.log").path,
        ]
    }

    /// The password guards the socket's door too, which only this user can open anyway.
    private var network: [String] {
        guard let door else { return ["--port", "0"] }
        return ["--bind", door.host, "--port", String(door.port), "--requirepass", door.password]
    }

    private func waitWhileListening() async {
        while !Task.isCancelled, UnixSocketProbe.isListening(socketPath) { try? await clock.sleep(for: .seconds(1)) }
    }

    /// Ends a server that an earlier process of ours had started.
    private func stopAdopted() async {
        guard UnixSocketProbe.isListening(socketPath) else { return }
        let login = door.map { "AUTH \($0.password)\r\n" } ?? ""
        UnixSocketProbe.send(login + "SHUTDOWN\r\n", to: socketPath)
    }

    private static func findServer() throws -> URL {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/bin:/usr/local/bin"
        for directory in path.split(separator: ":") {
            let candidate = "\(directory)/redis-server"
            if FileManager.default.isExecutableFile(atPath: candidate) { return URL(fileURLWithPath: candidate) }
        }
        throw CommandError(
            code: "redis_server_missing",
            message: "no redis-server is on the PATH: install it (apt-get install redis-server), or name a server "
                + "with --redis redis://host:6379", exitCode: .unavailable)
    }
}
