import Logging
import NIOPosix
import Testing
import TocsinCore
import TocsinRedis
import TocsinTesting

@Suite("Redis client, with a real server", .timeLimit(.minutes(8)))
struct RedisClientTests {
    private func command(_ words: String...) -> RedisCommand {
        var command = RedisCommand(unlisted: words[0])
        for word in words.dropFirst() { command.append(word) }
        return command
    }

    private func address(of configuration: RedisConfiguration) throws -> RedisConfiguration.Endpoint {
        guard case .one(let endpoint) = configuration.servers else { throw RedisError(.invalidAddress, "several") }
        return endpoint
    }

    @Test("Many callers share a connection, and each gets its own reply")
    func pipelining() async throws {
        try await RedisServer.with { client in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for index in 0..<2000 {
                    group.addTask { try await client.send(command("ECHO", "n\(index)")).requireString() == "n\(index)" }
                }
                for try await isOwn in group { #expect(isOwn) }
            }
            let results = try await client.send([command("PING"), command("NOPE"), command("ECHO", "x")])
            #expect((try? results[0].get().requireString()) == "PONG" && (try? results[2].get().requireString()) == "x")
            #expect(throws: RedisError.self) { try results[1].get() }
        }
    }

    @Test("Replies of every type come through, nested ones too")
    func replies() async throws {
        try await RedisServer.with { client in
            let reply = try await client.send(
                command("EVAL", "return {1, 'two', false, {3, {4}}, redis.error_reply('ERR no')}", "0"))
            let items = try reply.requireArray()
            #expect(items[0].integer == 1 && items[1].string == "two" && items[2].isNil)
            #expect(items[3].array?[1].array?[0].integer == 4)
            #expect(throws: RedisError.self) { try items[1].requireInteger() }
        }
    }

    @Test("A server that is killed and comes back is found again, without anybody's doing")
    func reconnects() async throws {
        let directory = try TemporaryDirectory()
        let first = try await RedisServer.start(directory)
        let client = RedisClient(
            configuration: RedisConfiguration(endpoint: .unix(path: directory.file("redis.sock"))),
            eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await client.run() }
            try await client.waitUntilConnected(timeout: .seconds(60))
            try await first.kill9()
            try await eventually(deadline: .seconds(60), "the loss is noticed") { !client.isConnected }
            await #expect(throws: RedisError.self) { try await client.send(command("PING")) }
            let second = try await RedisServer.start(directory)
            try await eventually(deadline: .seconds(60), "it is connected again") { client.isConnected }
            #expect(try await client.send(command("PING")).string == "PONG")
            second.signal(9)
            group.cancelAll()
        }
    }

    @Test("A wrong password, a forbidden command and a full memory are each told apart")
    func kinds() async throws {
        try await RedisServer.with(
            ["--user", "default", "on", "nopass", "~*", "+@all", "-flushall", "--maxmemory", "100kb"]
        ) { client in
            func kind(_ words: String...) async -> RedisError.Kind? {
                var command = RedisCommand(unlisted: words[0])
                for word in words.dropFirst() { command.append(word) }
                do {
                    _ = try await client.send(command)
                    return nil
                } catch {
                    return (error as? RedisError)?.kind
                }
            }
            #expect(await kind("FLUSHALL") == .notPermitted)
            #expect(await kind("AUTH", "nobody", "wrong") == .notAuthenticated)
            #expect(await kind("FCALL", "none", "0") == .noFunction)
            #expect(await kind("SET", "k", "v") == .outOfMemory)
            #expect(await kind("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">") == .noGroup)
            #expect(await kind("REPLICAOF", "127.0.0.1", "1") == nil)
            #expect([.readOnly, .masterDown].contains(await kind("SET", "k", "v") ?? .busy))
        }
    }

    @Test("A reply that does not come ends its connection, and a caller that leaves does not harm the others")
    func timeouts() async throws {
        try await RedisServer.with(configure: { configuration, _ in configuration.commandTimeout = .seconds(2) }) {
            client in
            await #expect {
                try await client.send(command("BLPOP", "nothing", "20"))
            } throws: {
                ($0 as? RedisError)?.kind == .timeout
            }
            try await eventually(deadline: .seconds(60), "it is connected again") { client.isConnected }
            let leaver = Task { try await client.send(command("PING")) }
            leaver.cancel()
            _ = try? await leaver.value
            #expect(try await client.send(command("ECHO", "y")).string == "y")
        }
    }

    @Test("A reply that is too large closes its connection with a typed error")
    func bounds() async throws {
        try await RedisServer.with(configure: { configuration, _ in configuration.maximumReplyBytes = 64 * 1024 }) {
            client in
            await #expect {
                try await client.send(command("EVAL", "return string.rep('x', 1000000)", "0"))
            } throws: {
                ($0 as? RedisError)?.kind == .replyTooLarge
            }
        }
    }

    @Test("A server is spoken with over TLS if its certificate is trusted, and never otherwise")
    func tls() async throws {
        let certificates = try TestCertificates()
        let port = try FreePort.find()
        let directory = try TemporaryDirectory()
        let server = try await RedisServer.start(
            directory,
            [
                "--tls-port", "\(port)", "--tls-cert-file", certificates.certificateFile, "--tls-key-file",
                certificates.keyFile, "--tls-ca-cert-file", certificates.authorityFile, "--tls-auth-clients", "no",
                "--tls-protocols", "TLSv1.3", "--requirepass", "s3cret",
            ])
        let loop = MultiThreadedEventLoopGroup.singleton.next()
        for host in ["127.0.0.1", "localhost"] {
            let trusted = try RedisConfiguration(
                url: "rediss://:s3cret@\(host):\(port)", caFile: certificates.authorityFile)
            let connection = try await RedisConnection.connect(trusted, to: address(of: trusted), on: loop)
            let text = String(repeating: "x", count: 200_000)
            #expect(try await connection.send(command("ECHO", text)).string == text)
            connection.close()
        }
        let strange = try RedisConfiguration(
            url: "rediss://:s3cret@127.0.0.1:\(port)", caFile: TestCertificates().authorityFile)
        await #expect {
            try await RedisConnection.connect(strange, to: address(of: strange), on: loop)
        } throws: {
            ($0 as? RedisError)?.kind == .tlsFailed
        }
        let unauthenticated = try RedisConfiguration(
            url: "rediss://127.0.0.1:\(port)", caFile: certificates.authorityFile)
        await #expect {
            try await RedisConnection.connect(unauthenticated, to: address(of: unauthenticated), on: loop)
        } throws: {
            ($0 as? RedisError)?.kind == .notAuthenticated
        }
        server.signal(9)
    }

    @Test("A URL is read, and a wrong one never repeated")
    func urls() throws {
        let configuration = try RedisConfiguration(url: "rediss://u:p%40ss@h.example:7000/3")
        #expect(configuration.servers == .one(.tcp(host: "h.example", port: 7000)) && configuration.usesTLS)
        #expect(
            configuration.username == "u" && configuration.password?.reveal() == "p@ss" && configuration.database == 3)
        for url in ["http://s3cret", "redis://s3cret@", "unix://s3cret", "redis://h:s3cret"] {
            #expect {
                try RedisConfiguration(url: url)
            } throws: {
                !"\($0)".contains("s3cret")
            }
        }
    }
}
