import Foundation
import Testing
import TocsinCore
import TocsinTesting

@testable import TocsinRedis

@Suite("A cluster", .serialized, .timeLimit(.minutes(8)))
struct ClusterTests {
    private let keys = (0..<200).map { "{s\($0)}:key" }

    private func owner(_ set: RedisServers, of slot: Int) async throws -> RedisServers.Server? {
        for server in set.servers {
            let lines = try await server.ask("CLUSTER", "NODES").split(separator: "\n")
            guard let own = lines.first(where: { $0.contains("myself,master") }) else { continue }
            let ranges = own.split(separator: " ").dropFirst(8).filter { !$0.hasPrefix("[") }
            for range in ranges {
                let ends = range.split(separator: "-").compactMap { Int($0) }
                if let first = ends.first, let last = ends.last, (first...last).contains(slot) { return server }
            }
        }
        return nil
    }

    @Test("Each key is sent to the server that has it, many at once too, and slots are counted as the servers do")
    func routes() async throws {
        let set = try await RedisServers.cluster()
        defer { set.end() }
        try await withClient(set.url) { client in
            #expect(client.servers.count == 3)
            let answers = try await client.send(keys.map { command("SET", $0, $0) })
            #expect(answers.allSatisfy { (try? $0.get().string) == "OK" })
            let values = try await client.send(keys.map { command("GET", $0) })
            #expect(try values.map { try $0.get().string } == keys)
            for key in keys.prefix(20) + ["a{b}c{d}", "{}x", "x{", "}{"] {
                let slot = try await client.send(command("CLUSTER", "KEYSLOT", key), to: client.servers[0])
                #expect(slot.integer == Int64(SlotMap.slot(of: Array(key.utf8)[...])))
            }
            #expect(try await client.scanAll(match: "{s1*}:key").count == 111)
        }
    }

    @Test("A master that is killed is replaced by its replica, the others go on meanwhile, and the change is told of")
    func failover() async throws {
        let set = try await RedisServers.cluster(["--cluster-require-full-coverage", "no"])
        defer { set.end() }
        try await withClient(set.url) { client in
            _ = try await client.send(keys.map { command("SET", $0, "1") })
            let (epoch, changes) = (client.topologyEpoch, client.masterChanges())
            let lost = try await owner(set, of: SlotMap.slot(of: Array(keys[0].utf8)[...]))
            lost?.process.signal(SIGKILL)
            try await eventually {
                let results = try await client.send(keys.map { command("GET", $0) })
                let failures = results.count { if case .failure = $0 { true } else { false } }
                return failures > 0 && failures < keys.count
            }
            for await _ in changes { break }
            #expect(client.topologyEpoch > epoch)
            try await eventually {
                try await client.send(keys.map { command("SET", $0, "2") }).allSatisfy {
                    (try? $0.get().string) == "OK"
                }
            }
        }
    }

    @Test("Slots that move to another server while commands come are followed")
    func resharding() async throws {
        let set = try await RedisServers.cluster()
        defer { set.end() }
        try await withClient(set.url) { client in
            let slot = SlotMap.slot(of: Array("{s0}:key".utf8)[...])
            let own = (0..<50).map { "{s0}:\($0)" }
            _ = try await client.send(own.map { command("SET", $0, "1") })
            let source = try #require(try await owner(set, of: slot))
            let masters = client.servers
            let target = try #require(
                set.servers.first { $0.port != source.port && masters.contains(.tcp(host: "127.0.0.1", port: $0.port)) }
            )
            let (from, to) = (try await source.ask("CLUSTER", "MYID"), try await target.ask("CLUSTER", "MYID"))
            try await target.ask("CLUSTER", "SETSLOT", "\(slot)", "IMPORTING", from)
            try await source.ask("CLUSTER", "SETSLOT", "\(slot)", "MIGRATING", to)

            // What is not at the source any more is asked for at the target, one command at a time.
            try await source.ask("MIGRATE", "127.0.0.1", "\(target.port)", own[0], "0", "5000")
            #expect(try await client.send(command("GET", own[0])).string == "1")
            #expect(try await client.send(command("GET", own[1])).string == "1")
            #expect(try await client.send(own.map { command("GET", $0) }).allSatisfy { (try? $0.get().string) == "1" })

            for key in own.dropFirst() {
                try await source.ask("MIGRATE", "127.0.0.1", "\(target.port)", key, "0", "5000")
            }
            for server in [target, source] { try await server.ask("CLUSTER", "SETSLOT", "\(slot)", "NODE", to) }
            #expect(try await client.send(own.map { command("GET", $0) }).allSatisfy { (try? $0.get().string) == "1" })
            try await eventually {
                try client.server(of: own[0]) == .tcp(host: "127.0.0.1", port: target.port)
            }
        }
    }
}
