import Logging
import ServiceLifecycle
import Synchronization
import TocsinCore
import TocsinRedis
import TocsinSealing
import TocsinStreams
import TocsinTesting

@testable import TocsinAudit

/// A tenant's audit log on a real server, with nodes that put entries into its tree.
struct Logs: Sendable {
    static let tenant: TenantID = TenantID("acme") ?? { preconditionFailure("a valid name") }()

    let streams: TenantStreams
    let redis: RedisClient
    let recorder: AuditRecorder
    let reader: AuditReader

    static func with(_ body: @Sendable @escaping (Logs) async throws -> Void) async throws {
        try await RedisServer.with { client in
            let streams = TenantStreams(
                redis: client, shards: ShardMap(count: 4), rootKey: .generate(), clock: SystemClock(),
                logger: Logger(label: "test"))
            _ = try await streams.checkServer(ServerNeeds([]))
            try await streams.loadFunctions()
            let recorder = AuditRecorder(streams: streams, node: "n1", clock: SystemClock())
            try await body(
                Logs(
                    streams: streams, redis: client, recorder: recorder,
                    reader: AuditReader(streams: streams, recorder: recorder, log: Self.tenant, clock: SystemClock())))
        }
    }

    /// Runs nodes that put entries into trees while the body runs.
    func withSequencers(_ count: Int = 1, _ body: () async throws -> Void) async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 0..<count {
                let sequencer = AuditSequencer(
                    streams: streams, id: "s\(number)", logs: { [Self.tenant] },
                    retention: { AuditRetention(age: .zero) }, clock: SystemClock(),
                    logger: Logger(label: "test"))
                group.addTask { try await sequencer.run() }
            }
            try await body()
            group.cancelAll()
        }
    }

    func add(_ count: Int) async throws {
        let event = AuditEvent(.delivery, on: "notification/x", by: .node)
        let entries = (0..<count).map { _ in recorder.entry(event, in: Self.tenant) }
        guard try await streams.addToAudit(entries, of: Self.tenant) else { throw Full() }
    }

    struct Full: Error {}

    func waitForSize(_ size: UInt64) async throws {
        try await eventually("the tree has \(size) entries") {
            try await reader.bounds().size >= size
        }
    }

    /// Sends a command as it is.
    @discardableResult
    func send(_ name: String, _ arguments: String...) async throws -> RedisReply {
        var command = RedisCommand(unlisted: name)
        for argument in arguments { command.append(argument) }
        return try await redis.send(command)
    }
}

/// A number that many may raise.
final class Count: Sendable {
    private let number = Mutex(0)
    var value: Int { number.withLock { $0 } }
    func increment() { number.withLock { $0 += 1 } }
}

/// Runs a service while the body runs.
func whileRunning(_ service: some Service, _ body: () async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask { try await service.run() }
        try await body()
        group.cancelAll()
    }
}

/// Keeps the codes that log lines have.
final class LogCapture: Sendable {
    private struct Handler: LogHandler {
        let capture: LogCapture
        var logLevel = Logger.Level.trace
        var metadata: Logger.Metadata = [:]

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            guard let code = event.metadata?[LogKey.code] else { return }
            capture.found.withLock { $0.append("\(code)") }
        }
    }

    private let found = Mutex<[String]>([])
    var codes: [String] { found.withLock { $0 } }
    var logger: Logger { Logger(label: "test") { _ in Handler(capture: self) } }
}
