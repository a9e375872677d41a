import Foundation
import Logging
import NIOPosix
import Testing
import TocsinCore
import TocsinRedis
import TocsinTesting

@Suite("A master that Sentinels name", .serialized, .timeLimit(.minutes(8)))
struct SentinelTests {
    private func isWritten(_ client: RedisClient, _ key: String) async -> Bool {
        (try? await client.send(command("SET", key, "1")))?.string == "OK"
    }

    @Test("The master is asked for, a switch is followed without anybody's doing, and an old master is not believed")
    func follows() async throws {
        let set = try await RedisServers.watchedBySentinels()
        defer { set.end() }
        try await withClient(set.url) { client in
            #expect(await isWritten(client, "before"))
            let (epoch, changes) = (client.topologyEpoch, client.masterChanges())
            #expect(try await set.sentinels[0].ask("SENTINEL", "FAILOVER", "tocsin") == "OK")
            var change: Int?
            for await number in changes {
                change = number
                break
            }
            #expect(change == epoch + 1 && client.topologyEpoch == epoch + 1)
            try await eventually { await isWritten(client, "after") }
            #expect(client.servers == [.tcp(host: "127.0.0.1", port: set.servers[1].port)])
            #expect(try await set.servers[1].ask("EXISTS", "after") == "1")

            // A dedicated connection leads to the new master as well.
            let role = try await client.withDedicatedConnection(for: "any") { connection in
                try await connection.send(command("ROLE")).requireArray()[0].requireString()
            }
            #expect(role == "master")
        }
    }

    @Test("A master that hangs is given up for the one that the Sentinels choose, and its late answers do not count")
    func hangs() async throws {
        let set = try await RedisServers.watchedBySentinels()
        defer { set.end() }
        try await withClient(set.url) { client in
            let epoch = client.topologyEpoch
            set.servers[0].process.signal(SIGSTOP)
            let stuck = Task { try await client.send(command("SET", "stuck", "1")) }
            try await eventually { client.topologyEpoch > epoch }
            await #expect(throws: RedisError.self) { try await stuck.value }
            set.servers[0].process.signal(SIGCONT)
            try await eventually { await isWritten(client, "new") }
            try await eventually {
                try await set.servers[0].ask("INFO", "replication").contains("role:slave")
            }
            #expect(try await set.servers[1].ask("EXISTS", "new") == "1")
            #expect(client.topologyEpoch == epoch + 1)
        }
    }

    @Test("One Sentinel of three is not believed, and nothing is sent to a master that nobody confirms")
    func minority() async throws {
        let set = try await RedisServers.watchedBySentinels()
        defer { set.end() }
        func configure(_ configuration: inout RedisConfiguration) {
            guard case .sentinels(var sentinels) = configuration.servers else { return }
            sentinels.interval = .milliseconds(100)
            sentinels.patience = .milliseconds(500)
            configuration.servers = .sentinels(sentinels)
        }
        try await withClient(set.url, configure: configure) { client in
            #expect(await isWritten(client, "a"))
            for sentinel in set.sentinels.dropFirst() { sentinel.process.signal(SIGSTOP) }
            try await eventually { !client.isConnected }
            await #expect {
                try await client.send(command("SET", "b", "1"))
            } throws: {
                ($0 as? RedisError)?.kind == .masterUnknown
            }
            set.sentinels[1].process.signal(SIGCONT)
            try await eventually { await isWritten(client, "c") }
        }
    }

    @Test("A name that the Sentinels do not know, and an address of a replica, are said to be that")
    func wrong() async throws {
        let set = try await RedisServers.watchedBySentinels()
        defer { set.end() }
        let replica = "redis://127.0.0.1:\(set.servers[1].port)"
        for (url, kind) in [
            (set.url.replacing("/tocsin", with: "/other"), RedisError.Kind.masterUnknown), (replica, .readOnly),
        ] {
            let client = RedisClient(
                configuration: try RedisConfiguration(url: url),
                eventLoopGroup: MultiThreadedEventLoopGroup.singleton, logger: Logger(label: "test"))
            await withTaskGroup(of: Void.self) { group in
                group.addTask { try? await client.run() }
                await #expect {
                    try await client.waitUntilConnected(timeout: .seconds(3))
                } throws: {
                    ($0 as? RedisError)?.kind == kind
                }
                group.cancelAll()
            }
        }
    }
}
