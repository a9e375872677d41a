import Foundation
import Testing
import TocsinTesting

@Suite("Damaged records", .serialized, .timeLimit(.minutes(8)))
struct DamagedRecordTests {
    private static func tenants(_ url: String) -> String {
        """
        acme:
          route: {receivers: [hook], group_by: [bench_id], group_wait: 0s, group_interval: 1s}
          inhibit_rules:
            - {source_matchers: ['bench_id="nothing"'], target_matchers: ['severity="critical"']}
          receivers:
            - {name: hook, channel_type: webhook, config: {url: "\(url)/hook"}}
        """
    }

    @Test(
        "What cannot be read of a group is forgotten, or the group is set aside, and nobody is held up",
        arguments: [("a:", "an alert is damaged"), ("x", "was set aside"), ("n:", "is told again")])
    func group(field: String, words: String) async throws {
        try await FakeReceiver.withReceiver(answer: { _ in .ok }) { receiver in
            let deployment = try Deployment(tenants: DamagedRecordTests.tenants(receiver.url))
            let redis = try await deployment.startRedis()
            let node = try await deployment.startNode()
            let address = "http://127.0.0.1:\(node.port)/t/acme/api/v2/alerts"
            #expect(await HTTP.post(address, Posted.body(["a"]))?.status == 200)
            try await eventually(deadline: .seconds(60), "a arrives") {
                Posted.counts(receiver.requests)["a"] == 1
            }
            let group = try deployment.redisCommand("--scan", "--pattern", "*:g:*")
            let name = try #require(
                try deployment.redisCommand("HKEYS", group).split(separator: "\n").first { $0.hasPrefix(field) })
            try deployment.redisCommand("HSET", group, String(name), "damaged")
            // What ends is told of, so that the group is needed.
            #expect(await HTTP.post(address, Posted.body(["a"], resolved: true))?.status == 200)
            #expect(await HTTP.post(address, Posted.body(["b"]))?.status == 200)
            try await eventually(deadline: .seconds(60), "b arrives") { Posted.counts(receiver.requests)["b"] == 1 }
            try await eventually(deadline: .seconds(60), "it is said") { node.process.transcript.contains(words) }
            let aside = try deployment.redisCommand("--scan", "--pattern", "*:damaged:*")
            #expect(aside.isEmpty == (field != "x"))
            if field == "a:" {
                try await eventually(deadline: .seconds(60), "the end of a arrives") {
                    receiver.requests.flatMap { Posted.alerts(in: $0) }.contains { $0 == ("a", "resolved") }
                }
            }
            #expect(await HTTP.post(address, Posted.body(["a"]))?.status == 200)
            try await eventually(deadline: .seconds(60), "a arrives again") {
                Posted.counts(receiver.requests)["a"] == 2
            }
            node.process.signal(SIGKILL)
            redis.signal(SIGKILL)
        }
    }

    @Test("A silence that cannot be read silences nobody, and holds up nobody")
    func silence() async throws {
        try await FakeReceiver.withReceiver(answer: { _ in .ok }) { receiver in
            let deployment = try Deployment(tenants: DamagedRecordTests.tenants(receiver.url))
            let redis = try await deployment.startRedis()
            let first = try await deployment.startNode()
            let door = "http://127.0.0.1:\(first.port)/t/acme/api/v2"
            let style = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
            let silence = """
                {"matchers":[{"name":"bench_id","value":"a","isRegex":false}],"createdBy":"t","comment":"c",\
                "startsAt":"\(Date().formatted(style))","endsAt":"\((Date() + 600).formatted(style))"}
                """
            #expect(await HTTP.post(door + "/silences", silence)?.status == 200)
            first.process.signal(SIGKILL)
            let key = try deployment.redisCommand("--scan", "--pattern", "*:silences")
            let id = try deployment.redisCommand("HKEYS", key)
            try deployment.redisCommand("HSET", key, id, "damaged")
            let node = try await deployment.startNode()
            let address = "http://127.0.0.1:\(node.port)/t/acme/api/v2/alerts"
            #expect(await HTTP.post(address, Posted.body(["a", "b"]))?.status == 200)
            try await eventually(deadline: .seconds(60), "both arrive") {
                Set(Posted.counts(receiver.requests).keys) == ["a", "b"]
            }
            node.process.signal(SIGKILL)
            redis.signal(SIGKILL)
        }
    }
}
