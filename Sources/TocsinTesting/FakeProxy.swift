import NIOCore
import NIOPosix
import Synchronization

/// A proxy on a free port of loopback that speaks HTTP, with tunnels and with whole addresses, and SOCKS 5.
///
/// Everything it does ends with the body of ``withProxy(credentials:hosts:_:)``.
public final class FakeProxy: Sendable {
    /// What the proxy was asked for.
    public struct Request: Sendable {
        /// `CONNECT`, another method with a whole address, or `SOCKS5`.
        public let method: String
        /// `host:port` for a tunnel, else the whole address.
        public let target: String
        /// The headers, with their names in small letters.
        public let headers: [String: String]
    }

    private struct State {
        var requests: [Request] = []
        var channels: [any Channel] = []
    }

    /// The port.
    public let port: Int
    let credentials: String?
    private let hosts: [String: String]
    private let state = Mutex(State())

    private init(port: Int, credentials: String?, hosts: [String: String]) {
        self.port = port
        self.credentials = credentials
        self.hosts = hosts
    }

    /// The requests so far, in order.
    public var requests: [Request] { state.withLock { $0.requests } }

    /// Runs a proxy for as long as the body runs.
    ///
    /// - Parameters:
    ///   - credentials: `user:password` that an HTTP client must know.
    ///   - hosts: Where the names lead that only the proxy knows.
    public static func withProxy<Result: Sendable>(
        credentials: String? = nil, hosts: [String: String] = [:], _ body: (FakeProxy) async throws -> Result
    ) async throws -> Result {
        let made = Mutex<FakeProxy?>(nil)
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard let proxy = made.withLock({ $0 }) else { throw ChannelError.unknownLocalAddress }
                    proxy.add(channel)
                    try channel.pipeline.syncOperations.addHandler(FakeProxyHandler(proxy))
                }
            }
            .bind(host: "127.0.0.1", port: 0).get()
        let proxy = FakeProxy(port: server.localAddress?.port ?? 0, credentials: credentials, hosts: hosts)
        made.withLock { $0 = proxy }
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(proxy))
        } catch {
            result = .failure(error)
        }
        try? await server.close()
        for channel in proxy.state.withLock({ $0.channels }) { channel.close(promise: nil) }
        return try result.get()
    }

    func add(_ channel: any Channel) { state.withLock { $0.channels.append(channel) } }

    func add(_ request: Request) { state.withLock { $0.requests.append(request) } }

    func address(of host: String) -> String { hosts[host] ?? host }
}
