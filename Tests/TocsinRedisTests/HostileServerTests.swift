import Logging
import NIOCore
import NIOPosix
import Testing
import TocsinCore
import TocsinRedis
import TocsinTesting

@Suite("Redis client, with servers that lie", .timeLimit(.minutes(8)))
struct HostileServerTests {
    /// Answers the greeting as a server does, and everything after it with the same bytes.
    private final class Liar: ChannelInboundHandler {
        typealias InboundIn = ByteBuffer
        typealias OutboundOut = ByteBuffer

        private let answer: [UInt8]
        private var isGreeted = false

        init(answer: [UInt8]) { self.answer = answer }

        func channelRead(context: ChannelHandlerContext, data: NIOAny) {
            let bytes = isGreeted ? answer : Array("+PONG\r\n".utf8)
            isGreeted = true
            context.writeAndFlush(wrapOutboundOut(ByteBuffer(bytes: bytes)), promise: nil)
        }
    }

    private func kind(answering answer: [UInt8]) async throws -> RedisError.Kind? {
        let server = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .childChannelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(Liar(answer: answer))
                }
            }.bind(host: "127.0.0.1", port: 0).get()
        let endpoint = RedisConfiguration.Endpoint.tcp(host: "127.0.0.1", port: server.localAddress?.port ?? 0)
        var configuration = RedisConfiguration(endpoint: endpoint)
        configuration.maximumReplyBytes = 1 << 20
        configuration.commandTimeout = .seconds(1)
        let connection = try await RedisConnection.connect(
            configuration, to: endpoint, on: MultiThreadedEventLoopGroup.singleton.next())
        defer { connection.close() }
        var found: RedisError.Kind?
        do {
            _ = try await connection.send(RedisCommand(unlisted: "PING"))
        } catch let error as RedisError {
            found = error.kind
        }
        try await server.close()
        return found
    }

    @Test(
        "Bytes that are no reply close the connection with an error that says so",
        arguments: ["HTTP/1.1 400 Bad Request\r\n\r\n", "?x\r\n", "*2147483648\r\n", "$-2\r\n", ":x\r\n", "%1\r\n"])
    func nonsense(answer: String) async throws {
        #expect(try await kind(answering: Array(answer.utf8)) == .protocolViolation)
    }

    @Test(
        "Half a reply, or an endless one, does not hang",
        arguments: ["$10\r\nabc", "*3\r\n:1\r\n", "$9223372036854775807\r\n"])
    func half(answer: String) async throws { #expect(try await kind(answering: Array(answer.utf8)) == .timeout) }

    @Test("Fuzzed replies never crash and never hang", arguments: 0..<40 as Range<UInt64>)
    func fuzz(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        var answer = Array("*3\r\n$3\r\nabc\r\n:12\r\n*2\r\n+OK\r\n$-1\r\n".utf8)
        for _ in 0..<Int.random(in: 1...5, using: &generator) {
            answer[Int.random(in: 0..<answer.count, using: &generator)] = UInt8.random(
                in: .min ... .max, using: &generator)
        }
        _ = try await kind(answering: answer)
    }
}
