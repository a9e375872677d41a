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
        var connections = 0
        var answer: Answering
    }

    /// The port.
    public let port: Int
    /// The address, such as `https://127.0.0.1:40123`, without a path.
    public let url: String
    /// PEM file of the authority that a client must trust; `nil` over HTTP.
    public let authorityFile: String?
    private let state: Mutex<State>

    private init(port: Int, tls: TLS?, answer: @escaping Answering) {
        self.port = port
        url = "\(tls == nil ? "http" : "https")://127.0.0.1:\(port)"
        authorityFile = tls?.certificates.authorityFile
        state = Mutex(State(answer: answer))
    }

    /// The requests so far, in order.
    public var requests: [ReceivedRequest] { state.withLock { $0.requests } }

    /// How many connections there have been.
    public var connectionCount: Int { state.withLock { $0.connections } }

    /// Answers otherwise from the next request on.
    public func answer(_ answer: @escaping Answering) { state.withLock { $0.answer = answer } }

    /// Waits until there have been `count` requests, and answers all of them so far.
    ///
    /// - Throws: ``DeadlineExceeded``.
    @discardableResult
    public func waitForRequests(_ count: Int, deadline: Duration = .seconds(10)) async throws -> [ReceivedRequest] {
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
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .bind(host: "127.0.0.1", port: 0) { channel in
                channel.eventLoop.makeCompletedFuture {
                    let pipeline = channel.pipeline.syncOperations
                    if let security { try pipeline.addHandler(NIOSSLServerHandler(context: security)) }
                    try pipeline.configureHTTPServerPipeline(withPipeliningAssistance: false)
                    return try FakeConnection(wrappingChannelSynchronously: channel)
                }
            }
        guard let port = server.channel.localAddress?.port else { throw ChannelError.unknownLocalAddress }
        let receiver = FakeReceiver(port: port, tls: tls, answer: answer)
        return try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await receiver.serve(server) }
            do {
                let result = try await body(receiver)
                group.cancelAll()
                return result
            } catch {
                group.cancelAll()
                throw error
            }
        }
    }

    private func serve(_ server: NIOAsyncChannel<FakeConnection, Never>) async throws {
        try await server.executeThenClose { connections in
            await withDiscardingTaskGroup { group in
                do {
                    for try await connection in connections {
                        let number = state.withLock { state in
                            defer { state.connections += 1 }
                            return state.connections
                        }
                        group.addTask { await self.serve(connection, number) }
                    }
                } catch {
                    // Only the end of the listening socket, by cancellation, ends the loop.
                }
                group.cancelAll()
            }
        }
    }

    /// Serves one connection; whatever breaks it is the client's doing or the test's, and ends only this connection.
    private func serve(_ connection: FakeConnection, _ number: Int) async {
        try? await connection.executeThenClose { inbound, outbound in
            var head: HTTPRequestHead?
            var body: [UInt8] = []
            for try await part in inbound {
                switch part {
                case .head(let received): (head, body) = (received, [])
                case .body(let bytes): body.append(contentsOf: bytes.readableBytesView)
                case .end:
                    guard let head else { continue }
                    let (request, answering) = record(head, body, number)
                    let answer = (try? await answering(request)) ?? .reset
                    guard try await answer.send(over: connection.channel, outbound, to: head) else { return }
                }
            }
        }
    }

    private func record(_ head: HTTPRequestHead, _ body: [UInt8], _ connection: Int) -> (ReceivedRequest, Answering) {
        state.withLock { state in
            let request = ReceivedRequest(
                order: state.requests.count, connection: connection, method: head.method.rawValue, path: head.uri,
                headers: head.headers.map { ($0.name, $0.value) }, body: body, time: .now)
            state.requests.append(request)
            return (request, state.answer)
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
