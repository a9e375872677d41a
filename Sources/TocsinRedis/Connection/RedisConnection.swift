public import NIOCore
import NIOPosix
import NIOSSL
import Synchronization
import TocsinCore

/// One connection to a Redis server.
///
/// Many callers may use it at once: their commands are pipelined.
public final class RedisConnection: Sendable {
    private let channel: any Channel
    private let handler: NIOLoopBound<RedisChannelHandler>
    private let commandTimeout: Duration
    private let nextID = Atomic<UInt64>(0)
    private let liveness: ConnectionLiveness

    private init(
        channel: any Channel, handler: NIOLoopBound<RedisChannelHandler>, liveness: ConnectionLiveness,
        commandTimeout: Duration
    ) {
        self.channel = channel
        self.liveness = liveness
        self.handler = handler
        self.commandTimeout = commandTimeout
    }

    /// Connects, authenticates, selects the database, and waits until the server answers.
    ///
    /// - Throws: ``RedisError`` of kind `connectFailed` or `tlsFailed`, or what the server answered.
    public static func connect(
        _ configuration: RedisConfiguration, to endpoint: RedisConfiguration.Endpoint, on eventLoop: any EventLoop
    ) async throws -> RedisConnection {
        let connection = try await open(configuration, endpoint, on: eventLoop)
        do {
            try await connection.greet(configuration)
        } catch {
            connection.close()
            throw error
        }
        return connection
    }

    private static func open(
        _ configuration: RedisConfiguration, _ endpoint: RedisConfiguration.Endpoint, on eventLoop: any EventLoop
    ) async throws -> RedisConnection {
        let tls = try configuration.usesTLS ? tlsContext(configuration) : nil
        let liveness = ConnectionLiveness()
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(TimeAmount(configuration.connectTimeout))
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    if let tls {
                        try channel.pipeline.syncOperations.addHandler(
                            NIOSSLClientHandler(context: tls, serverHostname: serverName(endpoint)))
                    }
                    try channel.pipeline.syncOperations.addHandler(
                        RedisChannelHandler(
                            maximumReplyBytes: configuration.maximumReplyBytes,
                            maximumCommands: configuration.maximumCommandsInFlight, liveness: liveness))
                }
            }
        do {
            let channel =
                switch endpoint {
                case .unix(let path): try await bootstrap.connect(unixDomainSocketPath: path).get()
                case .tcp(let host, let port): try await bootstrap.connect(host: host, port: port).get()
                }
            let handler = try await channel.eventLoop.submit {
                let handler = try channel.pipeline.syncOperations.handler(type: RedisChannelHandler.self)
                return NIOLoopBound(handler, eventLoop: channel.eventLoop)
            }.get()
            return RedisConnection(
                channel: channel, handler: handler, liveness: liveness, commandTimeout: configuration.commandTimeout)
        } catch let error as CancellationError {
            throw error
        } catch {
            throw RedisError(.connectFailed, "Redis at \(endpoint) cannot be reached: is it running?")
        }
    }

    private static func tlsContext(_ configuration: RedisConfiguration) throws -> NIOSSLContext {
        var tls = TLSConfiguration.makeClientConfiguration()
        tls.minimumTLSVersion = .tlsv12
        if let file = configuration.caFile { tls.trustRoots = .file(file) }
        if let identity = configuration.identity {
            do {
                tls.certificateChain = try NIOSSLCertificate.fromPEMFile(identity.certificateFile).map {
                    .certificate($0)
                }
                tls.privateKey = .privateKey(try NIOSSLPrivateKey(file: identity.keyFile, format: .pem))
            } catch {
                throw RedisError(
                    .tlsFailed, "the certificate for Redis or its key cannot be read: both are files in PEM form")
            }
        }
        do {
            return try NIOSSLContext(configuration: tls)
        } catch {
            throw RedisError(.tlsFailed, "the CA file for Redis holds no certificates in PEM form that can be read")
        }
    }

    private static func serverName(_ endpoint: RedisConfiguration.Endpoint) -> String? {
        // RFC 6066: a server name is never an address; NIOSSL then checks the certificate's addresses instead.
        guard case .tcp(let host, _) = endpoint, (try? SocketAddress(ipAddress: host, port: 0)) == nil else {
            return nil
        }
        return host
    }

    private func greet(_ configuration: RedisConfiguration) async throws {
        var commands: [RedisCommand] = []
        if let password = configuration.password {
            var command = RedisCommand(.auth)
            if let username = configuration.username { command.append(username) }
            command.append(password.reveal())
            commands.append(command)
        }
        if configuration.database != 0 {
            var command = RedisCommand(.select)
            command.append(configuration.database)
            commands.append(command)
        }
        commands.append(RedisCommand(.ping))
        for result in try await send(commands) {
            // A replica without its master answers nothing but this; that it is one is found out next.
            if case .failure(let error) = result, error.kind != .masterDown { throw error }
        }
    }

    /// What tells this master from another one at the same address; `nil` if the server does not say.
    ///
    /// A server has a run id of its own each time it starts, and a replication id each time it becomes master.
    ///
    /// - Throws: ``RedisError`` of kind `readOnly` if it is a replica.
    func masterIdentity() async throws -> String? {
        let sections = ["server", "replication"].map { section in
            var command = RedisCommand(.info)
            command.append(section)
            return command
        }
        var lines: [Substring] = []
        for result in try await send(sections) {
            if case .failure(let error) = result, error.kind == .notPermitted { return nil }
            lines += try result.get().requireString().split(whereSeparator: \.isNewline)
        }
        if lines.contains("role:slave") {
            throw RedisError(.readOnly, "the server at this address is a replica: name its master, or Sentinels")
        }
        return lines.filter { $0.hasPrefix("run_id:") || $0.hasPrefix("master_replid:") }.joined(separator: " ")
    }

    /// Sends one command.
    ///
    /// - Parameter timeout: How long its reply may take; `nil` for the configuration's. When it is over, the connection is.
    /// - Throws: ``RedisError``; `CancellationError` if the task was cancelled, when the command may have been carried out.
    public func send(_ command: RedisCommand, timeout: Duration? = nil) async throws -> RedisReply {
        guard let result = try await send([command], timeout: timeout).first else {
            throw RedisError(.unexpectedReply, "the server answered with nothing")
        }
        return try result.get()
    }

    /// Sends commands together; they have one result each, in their order.
    ///
    /// - Throws: ``RedisError`` if the connection is lost; `CancellationError`.
    public func send(
        _ commands: [RedisCommand], timeout: Duration? = nil
    ) async throws -> [Result<RedisReply, RedisError>] {
        guard let first = commands.first else { return [] }
        CrashPoint.pass("redis.\(first.purpose).before")
        defer { CrashPoint.pass("redis.\(first.purpose).after") }
        let id = nextID.add(1, ordering: .relaxed).newValue
        let limit = TimeAmount(timeout ?? commandTimeout)
        return try await withTaskCancellationHandler {
            try Task.checkCancellation()
            return try await withCheckedThrowingContinuation { continuation in
                channel.eventLoop.execute {
                    self.handler.value.send(commands, id: id, timeout: limit) { continuation.resume(with: $0) }
                }
            }
        } onCancel: {
            channel.eventLoop.execute { self.handler.value.cancel(id) }
        }
    }

    /// Takes the first element of the first of these lists that has one.
    ///
    /// - Parameter timeout: How long to wait at most.
    /// - Returns: `nil` if all lists stayed empty.
    public func blpop(_ keys: [String], timeout: Duration) async throws -> (key: String, value: [UInt8])? {
        var command = RedisCommand(.blpop, capacity: keys.count * 32 + 64)
        for key in keys { command.append(key) }
        command.append(String(timeout.seconds))
        guard let answer = try await send(command, timeout: timeout + commandTimeout).array else { return nil }
        guard answer.count == 2 else { throw RedisError(.unexpectedReply, "BLPOP answered in an unknown form") }
        return (try answer[0].requireString(), try answer[1].requireBytes())
    }

    /// Whether the connection is still open.
    public var isActive: Bool { liveness.isUsable && channel.isActive }

    /// Closes the connection; callers that wait are told.
    public func close() { channel.close(mode: .all, promise: nil) }

    /// Returns when the connection has ended.
    func waitUntilClosed() async { try? await channel.closeFuture.get() }
}
