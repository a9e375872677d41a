import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import Synchronization
import TocsinCore
import TocsinIntegrations

/// The HTTP clients of a process: one for the usual, and a bounded number for what a client does for all its requests.
final class HTTPClients: Sendable {
    /// What a client does for all its requests.
    struct Key: Hashable {
        /// A proxy that makes tunnels.
        var proxy: Proxy?
        /// Whether it connects to a proxy that is told whole addresses.
        var isForwarding = false
        /// A name that is asked for in TLS, and the host that it stands for.
        var serverName: String?
        var host: String?
        var speaksHTTP2 = false
        /// Whether it connects to what the operator or the platform has chosen, wherever that is.
        var isTrusted = false

        /// Whether the usual client will do.
        var isUsual: Bool { self == Key() }
    }

    private struct Entry {
        let client: HTTPClient
        var users: Int
        var lastUse: UInt64
    }

    private struct State {
        var entries: [Key: Entry] = [:]
        var uses: UInt64 = 0
    }

    private let usual: HTTPClient
    private let configuration: HTTPClient.Configuration
    private let capacity: Int
    private let state = Mutex(State())

    /// - Parameters:
    ///   - usual: Somebody else shuts it down.
    ///   - configuration: What all clients start from.
    ///   - capacity: How many others are kept while nobody uses them.
    init(usual: HTTPClient, configuration: HTTPClient.Configuration, capacity: Int = 64) {
        self.usual = usual
        self.configuration = configuration
        self.capacity = capacity
    }

    /// How many clients there are besides the usual one.
    var count: Int { state.withLock { $0.entries.count } }

    /// Lends a client for as long as the body runs; it is not shut down before that.
    func withClient<Result>(_ key: Key, _ body: (HTTPClient) async throws -> Result) async throws -> Result {
        guard !key.isUsual else { return try await body(usual) }
        let client = take(key)
        let result: Swift.Result<Result, any Error>
        do {
            result = .success(try await body(client))
        } catch {
            result = .failure(error)
        }
        for old in giveBack(key) { try? await old.shutdown() }
        return try result.get()
    }

    private func take(_ key: Key) -> HTTPClient {
        state.withLock { state in
            state.uses += 1
            if var entry = state.entries[key] {
                entry.users += 1
                entry.lastUse = state.uses
                state.entries[key] = entry
                return entry.client
            }
            let client = HTTPClient(eventLoopGroup: usual.eventLoopGroup, configuration: make(key))
            state.entries[key] = Entry(client: client, users: 1, lastUse: state.uses)
            return client
        }
    }

    /// - Returns: The clients that there is no place for any more: those that were not used for longest.
    private func giveBack(_ key: Key) -> [HTTPClient] {
        state.withLock { state in
            state.entries[key]?.users -= 1
            var old: [HTTPClient] = []
            while state.entries.count > capacity {
                let idle = state.entries.filter { $0.value.users == 0 }
                guard let next = idle.min(by: { $0.value.lastUse < $1.value.lastUse }) else { break }
                state.entries[next.key] = nil
                old.append(next.value.client)
            }
            return old
        }
    }

    private func make(_ key: Key) -> HTTPClient.Configuration {
        var configuration = configuration
        if let proxy = key.proxy {
            switch proxy.kind {
            case .http:
                configuration.proxy = .server(
                    host: proxy.host, port: proxy.port,
                    authorization: proxy.credentials.map { .basic(credentials: $0.base64) },
                    connectHeaders: .init(proxy.connectHeaders.map { ($0.name, $0.value.reveal()) }))
            case .socks5: configuration.proxy = .socksServer(host: proxy.host, port: proxy.port)
            }
        }
        if let name = key.serverName, let host = key.host { configuration.dnsOverride = [name: host] }
        let check = key.isTrusted ? nil : configuration.http1_1ConnectionDebugInitializer
        if key.isTrusted {
            configuration.http1_1ConnectionDebugInitializer = nil
            configuration.http2ConnectionDebugInitializer = nil
        }
        if key.isForwarding {
            configuration.http1_1ConnectionDebugInitializer = { channel in
                let checked = check?(channel) ?? channel.eventLoop.makeSucceededVoidFuture()
                return checked.flatMap { ForwardProxyHandler.add(to: channel) }
            }
        }
        configuration.httpVersion = key.speaksHTTP2 ? .automatic : .http1Only
        return configuration
    }

    /// Ends all clients but the usual one; nobody may use any by then.
    func shutdown() async {
        let clients = state.withLock { state in
            defer { state.entries = [:] }
            return state.entries.values.map(\.client)
        }
        for client in clients { try? await client.shutdown() }
    }
}
