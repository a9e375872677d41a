import Logging
import NIOPosix
import Synchronization
import Testing
import TocsinCore
import TocsinIntegrations
import TocsinRedis
import TocsinSealing
import TocsinStreams
import TocsinTesting

@testable import TocsinDispatch

@Suite("Tokens that workers share, on a real server", .timeLimit(.minutes(8)))
struct SharedTokensTests {
    private static let request: CredentialRequest = {
        var request = CredentialRequest(
            url: Secret("https://t.test/token"), form: [.init("grant_type", Secret("client_credentials"))])
        var proof = CredentialRequest.Proof()
        proof.headers = [.init("Authorization", Secret("Basic aHVudGVyMg=="), isSecret: true)]
        request.proofs = [proof]
        return request
    }()

    /// Counts what is asked of a token server, whose tokens are `t1`, `t2` and so on.
    private final class TokenServer: Sendable {
        private let count = Mutex(0)
        var asked: Int { count.withLock { $0 } }

        func answer() -> Result<DeliveryResponse, TransportFailure> {
            let number = count.withLock {
                $0 += 1
                return $0
            }
            return .success(
                DeliveryResponse(
                    status: 200, headers: [],
                    body: Array(#"{"access_token":"secret-t\#(number)","expires_in":600}"#.utf8)))
        }
    }

    private func withStreams(_ body: @Sendable @escaping (TenantStreams) async throws -> Void) async throws {
        try await RedisServer.with { client in
            let streams = TenantStreams(
                redis: client, shards: ShardMap(count: 4), rootKey: .generate(), clock: SystemClock(),
                logger: Logger(label: "test"))
            try await streams.loadFunctions()
            try await body(streams)
            var keys = RedisCommand(unlisted: "KEYS")
            keys.append("*:c:*")
            for name in try await client.send(keys).requireArray().compactMap(\.string) {
                var get = RedisCommand(unlisted: "GET")
                get.append(name)
                let stored = try await client.send(get).string ?? ""
                #expect(!name.contains("t.test") && !stored.contains("secret-t"))
            }
        }
    }

    private func worker(_ name: String, _ streams: TenantStreams, clock: any WallClock = SystemClock()) -> TokenSource {
        TokenSource(clock: clock, shared: SharedTokens(streams: streams, asker: name))
    }

    @Test("ten workers ask once, and use what one of them got")
    func once() async throws {
        try await withStreams { streams in
            let server = TokenServer()
            let tokens = try await withThrowingTaskGroup(of: FetchedCredential.self) { group in
                for number in 0..<10 {
                    group.addTask {
                        try await worker("w\(number)", streams).token(for: Self.request, of: .acme) { _ in
                            server.answer()
                        }
                    }
                }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(server.asked == 1)
            #expect(tokens.count == 1 && tokens.first?.values == [Secret("secret-t1")])
        }
    }

    @Test("a token that one worker's receiver does not take is asked for anew, once")
    func refused() async throws {
        try await withStreams { streams in
            let server = TokenServer()
            let one = worker("w1", streams)
            let two = worker("w2", streams)
            let first = try await one.token(for: Self.request, of: .acme) { _ in server.answer() }
            _ = try await two.token(for: Self.request, of: .acme) { _ in server.answer() }
            for source in [one, two] {
                await source.discard(first, of: Self.request)
                let next = try await source.token(for: Self.request, of: .acme) { _ in server.answer() }
                #expect(next.values == [Secret("secret-t2")])
            }
            #expect(server.asked == 2)
        }
    }

    @Test("a worker that got none lets the next ask, and another tenant sees nothing of it")
    func turns() async throws {
        try await withStreams { streams in
            let server = TokenServer()
            await #expect(throws: TransportFailure.self) {
                try await worker("w1", streams).token(for: Self.request, of: .acme) { _ in
                    .failure(TransportFailure(retrying: .timeout))
                }
            }
            _ = try await worker("w2", streams).token(for: Self.request, of: .acme) { _ in server.answer() }
            let other = try #require(TenantID("other"))
            _ = try await worker("w3", streams).token(for: Self.request, of: other) { _ in server.answer() }
            #expect(server.asked == 2)
        }
    }

    @Test("without Redis each worker asks for itself")
    func withoutRedis() async throws {
        let server = TokenServer()
        let nobody = RedisClient(
            configuration: RedisConfiguration(endpoint: .unix(path: "/nonexistent/redis.sock")),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))
        let streams = TenantStreams(
            redis: nobody, shards: ShardMap(count: 1), rootKey: .generate(), clock: SystemClock(),
            logger: Logger(label: "test"))
        let token = try await worker("w1", streams).token(for: Self.request, of: .acme) { _ in server.answer() }
        #expect(token.values == [Secret("secret-t1")])
    }
}
