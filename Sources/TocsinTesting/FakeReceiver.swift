import NIOCore
import NIOHTTP1
import NIOPosix
import NIOSSL
import Synchronization

/// A receiver of notifications on a free port of loopback, over HTTP or HTTPS, that answers as the test says.
///
/// Everything it does ends with the body of ``withReceiver(tls:answer:_:)``.
public final class FakeReceiver: Sendable {
    /// Decides what becomes of a request; it may wait, at a ``Gate`` for instance.
    public typealias Answering = @Sendable (ReceivedRequest) async throws -> FakeAnswer

    /// How an HTTPS receiver speaks TLS.
    public struct TLS: Sendable {
        /// A version of TLS.
        public enum Version: Sendable, Hashable {
            /// TLS 1.2.
            case v12
            /// TLS 1.3.
            case v13
        }

        /// The authority and the server's certificate.
        public let certificates: TestCertificates
        /// The oldest version it accepts.
        public var minimum: Version
        /// The newest version it accepts.
        public var maximum: Version

        /// TLS with these certificates, or with new ones.
        public init(certificates: TestCertificates? = nil, minimum: Version = .v12, maximum: Version = .v13) throws {
            self.certificates = try certificates ?? TestCertificates()
            self.minimum = minimum
            self.maximum = maximum
        }
    }

    private struct State {
        var requests: [ReceivedRequest] = []
        var answer: Answering
    }

    /// The port.
    public let port: Int
    /// The address, such as `https://127.0.0.1:40123`, without a path.
    public let url: String
    /// PEM file of the authority that a client must trust; `nil` over HTTP.
    public let authorityFile: String?
    private let state: Mutex<State>
    private let connections: Connections

    private init(port: Int, tls: TLS?, connections: Connections, answer: @escaping Answering) {
        self.port = port
        url = "\(tls == nil ? "http" : "https")://127.0.0.1:\(port)"
        authorityFile = tls?.certificates.authorityFile
        self.connections = connections
        state = Mutex(State(answer: answer))
    }

    /// The requests so far, in order.
    public var requests: [ReceivedRequest] { state.withLock { $0.requests } }

    /// How many connections there have been.
    public var connectionCount: Int { connections.count }

    /// Answers otherwise from the next request on, and tells how many were answered as before.
    @discardableResult
    public func answer(_ answer: @escaping Answering) -> Int {
        state.withLock {
            $0.answer = answer
            return $0.requests.count
        }
    }

    /// Waits until there have been `count` requests, and answers all of them so far.
    ///
    /// - Throws: ``DeadlineExceeded``.
    @discardableResult
    public func waitForRequests(_ count: Int, deadline: Duration = .seconds(120)) async throws -> [ReceivedRequest] {
        try await eventually(deadline: deadline, "\(count) requests have come, there are \(requests.count)") {
            requests.count >= count
        }
        return requests
    }

    /// Runs a receiver for as long as the body runs.
    ///
    /// - Parameters:
    ///   - tls: `nil` for HTTP.
    ///   - answer: asked once a request, on any connection at a time; an error that it throws resets the connection.
    @discardableResult
    public static func withReceiver<Result: Sendable>(
        tls: TLS? = nil, answer: @escaping Answering = { _ in .ok },
        _ body: (FakeReceiver) async throws -> Result
    ) async throws -> Result {
        let security = try tls.map { try NIOSSLContext(configuration: $0.configuration()) }
        let (exchanges, continuation) = AsyncStream.makeStream(
            of: FakeExchange.self, bufferingPolicy: .bufferingOldest(100_000))
        let connections = Connections()
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .childChannelInitializer { channel in
                let number = connections.add(channel)
                return channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let security { try pipeline.addHandler(NIOSSLServerHandler(context: security)) }
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    try pipeline.addHandler(FakeConnection(number: number, exchanges: continuation))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        guard let port = server.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        let receiver = FakeReceiver(port: port, tls: tls, connections: connections, answer: answer)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask(executorPreference: OwnThreads.shared) { await receiver.serve(exchanges) }
            let result: Swift.Result<Result, any Error>
            do {
                result = .success(try await body(receiver))
            } catch {
                result = .failure(error)
            }
            try? await server.close()
            connections.closeAll()
            group.cancelAll()
            return try result.get()
        }
    }

    private func serve(_ exchanges: AsyncStream<FakeExchange>) async {
        await withDiscardingTaskGroup { group in
            for await exchange in exchanges {
                let (request, answering) = record(exchange)
                group.addTask {
                    let answer = (try? await answering(request)) ?? .reset
                    // A client that has gone, or that the answer sends away, is no failure of the receiver.
                    try? await answer.send(over: exchange.channel, to: exchange.head)
                }
            }
            group.cancelAll()
        }
    }

    private func record(_ exchange: FakeExchange) -> (ReceivedRequest, Answering) {
        state.withLock { state in
            let request = ReceivedRequest(
                order: state.requests.count, connection: exchange.connection, method: exchange.head.method.rawValue,
                path: exchange.head.uri, headers: exchange.head.headers.map { ($0.name, $0.value) },
                body: exchange.body, time: .now)
            state.requests.append(request)
            return (request, state.answer)
        }
    }
}

/// The connections of one receiver.
private final class Connections: Sendable {
    private struct State {
        var count = 0
        var open: [ObjectIdentifier: any Channel] = [:]
    }

    private let state = Mutex(State())

    var count: Int { state.withLock { $0.count } }

    /// Takes a connection and answers its number, from 0.
    func add(_ channel: any Channel) -> Int {
        let id = ObjectIdentifier(channel)
        channel.closeFuture.whenComplete { _ in self.state.withLock { $0.open[id] = nil } }
        return state.withLock { state in
            state.open[id] = channel
            defer { state.count += 1 }
            return state.count
        }
    }

    func closeAll() {
        for channel in state.withLock({ Array($0.open.values) }) {
            channel.close(mode: .all, promise: nil)
        }
    }
}

extension FakeReceiver.TLS {
    fileprivate func configuration() throws -> TLSConfiguration {
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile(certificates.certificateFile).map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: certificates.keyFile, format: .pem)))
        configuration.minimumTLSVersion = minimum == .v12 ? .tlsv12 : .tlsv13
        configuration.maximumTLSVersion = maximum == .v12 ? .tlsv12 : .tlsv13
        return configuration
    }
}
