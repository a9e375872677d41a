import Foundation
import Synchronization
import Testing
import TocsinTesting

/// Keys that are replaced while everything goes on.
@Suite("Key rotation", .timeLimit(.minutes(8)))
struct KeyRotationTests {
    private final class Flag: Sendable {
        let isSet = Mutex(false)
    }

    private struct Key: Decodable {
        let tenant: String
        let version: Int
        let isSealing: Bool
    }

    @Test("keys are replaced under load with three nodes, and everything arrives once")
    func underLoad() async throws {
        try await FakeReceiver.withReceiver { receiver in
            let deployment = try Deployment(
                tenants: """
                    acme:
                      route: {receivers: [out], group_by: [bench_id], group_wait: 0s, group_interval: 1s}
                      receivers: [{name: out, channel_type: webhook, config: {url: '\(receiver.url)'}}]

                    """)
            let redis = try await deployment.startRedis()
            let ingest = try await deployment.startIngest()
            let nodes = [
                ingest.process, try await deployment.startWorker(), try await deployment.startWorker(),
            ]
            let url = "http://127.0.0.1:\(ingest.port)/t/acme/api/v2/alerts"
            let over = Flag()
            let accepted = try await withThrowingTaskGroup(of: Int.self) { group in
                for sender in 0..<4 {
                    group.addTask {
                        var count = 0
                        while !over.isSet.withLock({ $0 }) {
                            let body = Posted.body(["\(sender)-\(count)"])
                            if await HTTP.post(url, body)?.status == 200 { count += 1 }
                        }
                        return count
                    }
                }
                for version in 2...4 {
                    let (ending, output) = try await deployment.run(["keys", "rotate", "--tenant", "acme"])
                    #expect(ending == .exit(0) && output == "acme: key \(version) seals now", "\(output)")
                    let resealed = try await deployment.run(["keys", "reseal", "--tenant", "acme"])
                    #expect(resealed.ending == .exit(0), "\(resealed.output)")
                }
                over.isSet.withLock { $0 = true }
                return try await group.reduce(0, +)
            }
            #expect(accepted > 0)
            try await eventually(deadline: .seconds(120), "all \(accepted) arrive") {
                Posted.counts(receiver.requests).count >= accepted
            }
            let list = try await deployment.run(["keys", "list", "--output", "json"]).output
            let keys = try JSONDecoder().decode([Key].self, from: Data(list.utf8)).filter { $0.tenant == "acme" }
            #expect(keys.map(\.version) == [1, 2, 3, 4] && keys.filter(\.isSealing).map(\.version) == [4])
            #expect(try await deployment.run(["keys", "verify"]).output == "acme: 4 good\ndeployment: 1 good")
            let exported = try await deployment.run(["keys", "export-wrapped"]).output
            #expect(exported.contains("wrapped") && exported.contains("\"deployment\""))
            for node in nodes {
                #expect(try await node.terminate() == .exit(0))
                for word in ["record_unknown_key", "record_refused", "damaged"] {
                    #expect(!node.transcript.contains(word), "\(word)")
                }
            }
            try await redis.kill9()
        }
    }

    @Test("a key that is old is replaced by the nodes themselves, and destroyed when nothing needs it")
    func byAge() async throws {
        let deployment = try Deployment(
            tenants: "acme:\n  receivers: [{name: out, channel_type: console}]\n",
            server: "keys: {rotate_after: 1s, retire_after: 1s}\n")
        let redis = try await deployment.startRedis()
        let node = try await deployment.startNode()
        let url = "http://127.0.0.1:\(node.port)/t/acme/api/v2/alerts"
        #expect(await HTTP.post(url, Posted.body(["1"]))?.status == 200)
        try await eventually(deadline: .seconds(60), "a second key seals") {
            let list = try await deployment.run(["keys", "list", "--output", "json"]).output
            let keys = try JSONDecoder().decode([Key].self, from: Data(list.utf8))
            return keys.contains { $0.isSealing && $0.version > 1 }
        }
        try await eventually(deadline: .seconds(60), "the first key is destroyed when nothing needs it") {
            let list = try await deployment.run(["keys", "list", "--output", "json"]).output
            return try JSONDecoder().decode([Key].self, from: Data(list.utf8)).allSatisfy {
                $0.tenant != "acme" || $0.version > 1
            }
        }
        try await eventually(deadline: .seconds(60), "what the first key sealed is still read") {
            await HTTP.get(url)?.body.contains("Case") == true
        }
        try await eventually(deadline: .seconds(60), "the audit log says that it was destroyed") {
            try await deployment.run(["audit", "tail", "--tenant", "acme", "--count", "1000"]).output.contains(
                "key.destroy")
        }
        #expect(try await node.process.terminate() == .exit(0))
        try await redis.kill9()
    }

    @Test("a node that hangs is waited for as long as it may live, and reads the new key when it wakes")
    func frozenNode() async throws {
        let deployment = try Deployment(tenants: "acme:\n  receivers: [{name: out, channel_type: console}]\n")
        let redis = try await deployment.startRedis()
        let node = try await deployment.startIngest()
        let url = "http://127.0.0.1:\(node.port)/t/acme/api/v2/alerts"
        #expect(await HTTP.post(url, Posted.body(["1"]))?.status == 200)
        let old = try deployment.start("ingest", ["--listen", "127.0.0.1:0"])
        try await old.waitForLine(containing: "Redis is ready")
        try await eventually(deadline: .seconds(60), "both nodes are listed") {
            try await deployment.nodes().count == 2
        }
        old.signal(SIGSTOP)
        let (ending, output) = try await deployment.run(["keys", "rotate", "--output", "json"])
        // It counts as dead after five seconds of silence, and then the rotation goes on without it.
        #expect(ending == .exit(0), "\(output)")
        old.signal(SIGCONT)
        #expect(await HTTP.post(url, Posted.body(["2"]))?.status == 200)
        #expect(try await old.terminate() == .exit(0))
        #expect(try await node.process.terminate() == .exit(0))
        try await redis.kill9()
    }
}
