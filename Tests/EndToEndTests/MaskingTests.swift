import Foundation
import Testing
import TocsinTesting

/// What a tenant's rules mask.
@Suite("Masking", .timeLimit(.minutes(8)))
struct MaskingTests {
    @Test("what the rules name is gone before an alert is kept, and labels that are masked still group")
    func masking() async throws {
        try await FakeReceiver.withReceiver { receiver in
            let deployment = try Deployment(
                tenants: """
                    acme:
                      masking:
                        - {names: [password], action: redact}
                        - {kinds: [ip], in: [labels], names: [instance], action: keep}
                        - {kinds: [email], action: hash}
                        - {kinds: [all], action: redact}
                      route: {receivers: [out], group_by: [customer], group_wait: 0s, group_interval: 1s}
                      receivers: [{name: out, channel_type: webhook, config: {url: '\(receiver.url)'}}]

                    """)
            let node = try await deployment.startServe()
            let body = #"""
                [{"labels":{"alertname":"Pay","customer":"jane@example.com","instance":"10.0.0.1:80","host":"10.0.0.2"},
                  "annotations":{"description":"card 4111 1111 1111 1111, \u0061@b.io","password":"hunter2"},
                  "generatorURL":"http://10.9.9.9/graph?q=a%40b.io"}]
                """#
            let url = "http://127.0.0.1:\(node.port)/t/acme/api/v2/alerts"
            #expect(await HTTP.post(url, body)?.status == 200)
            let text = try await receiver.waitForRequests(1)[0].text
            for word in ["jane", "4111", "hunter2", "10.0.0.2", "10.9.9.9", "a@b.io"] {
                #expect(!text.contains(word), "\(word) in \(text)")
            }
            for word in ["[email:", "card [card], [email:", "10.0.0.1:80", "[redacted]", "http://[ip]/graph"] {
                #expect(text.contains(word), "\(word) not in \(text)")
            }
            // The same alert again is the same alert.
            #expect(await HTTP.post(url, body)?.status == 200)
            let listed = try #require(await HTTP.get(url)?.body)
            #expect(listed.components(separatedBy: "fingerprint").count == 2 && !listed.contains("jane"))
            let metrics = try #require(await HTTP.get("http://127.0.0.1:\(node.port)/metrics")?.body)
            #expect(metrics.contains(#"tocsin_masked_texts_total{tenant="acme"} 10"#), "\(metrics)")
            #expect(try await node.process.terminate() == .exit(0))
        }
    }

    @Test("what is encrypted can be read by who may, in a record of it, and by nobody once it is erased")
    func encrypted() async throws {
        try await FakeReceiver.withReceiver { receiver in
            let deployment = try Deployment(
                tenants: """
                    acme:
                      masking: [{kinds: [email], action: encrypt}]
                      route: {receivers: [out], group_by: [n], group_wait: 0s, group_interval: 1s}
                      receivers: [{name: out, channel_type: webhook, config: {url: '\(receiver.url)'}}]

                    """)
            let redis = try await deployment.startRedis()
            let node = try await deployment.startNode()
            let url = "http://127.0.0.1:\(node.port)/t/acme/api/v2/alerts"
            func post(_ number: Int) async {
                let body = """
                    [{"labels":{"alertname":"A","n":"\(number)"},"annotations":{"d":"of jane@example.com and bob@example.com"}}]
                    """
                #expect(await HTTP.post(url, body)?.status == 200)
            }
            await post(1)
            await post(2)
            let texts = try await receiver.waitForRequests(2).map(\.text)
            let tokens = texts.map { text in
                text.split(separator: "[").filter { $0.hasPrefix("email:enc:") }.map {
                    "[" + $0.prefix { $0 != "]" } + "]"
                }
            }
            #expect(tokens[0].count >= 2 && tokens[0] == tokens[1], "the same text becomes the same: \(texts)")
            #expect(!texts[0].contains("jane"))
            func reveal() async throws -> String {
                try await command(
                    deployment, ["masking", "reveal", "--tenant", "acme"], "to \(tokens[0][0]), \(tokens[0][1])")
            }
            #expect(try await reveal() == "to jane@example.com, bob@example.com")
            let erased = try await command(deployment, ["masking", "erase", "--tenant", "acme"], "jane@example.com")
            #expect(erased.hasPrefix("erased 1"), "\(erased)")
            #expect(try await reveal() == "to \(tokens[0][0]), bob@example.com")
            try await eventually("the log tells of it") {
                let log = try await deployment.run(["audit", "tail", "--tenant", "acme", "--count", "1000"]).output
                #expect(!log.contains("jane"))
                return log.contains("subject.reveal") && log.contains("subject.erase")
            }
            #expect(try await node.process.terminate() == .exit(0))
            try await redis.kill9()
        }
    }

    /// Runs a command with an input.
    private func command(_ deployment: Deployment, _ words: [String], _ input: String) async throws -> String {
        let file = try deployment.directory.write(input + "\n", to: "input")
        let line =
            ([Deployment.executable] + words + ["--config", deployment.configuration, "--redis", deployment.redisURL])
            .map { "'\($0)'" }.joined(separator: " ")
        let process = try ChildProcess("sh", ["-c", "\(line) < \(file)"], environment: deployment.environment)
        _ = try await process.waitForEnd()
        return process.lines(.output).joined(separator: "\n")
    }

    @Test("card numbers and keys go to no room and no short message, whatever comes in, and to a webhook as they are")
    func messageRules() async throws {
        try await FakeReceiver.withReceiver { receiver in
            let deployment = try Deployment(
                tenants: """
                    acme:
                      route: {receivers: [hook, room], group_by: [alertname], group_wait: 0s, group_interval: 1s}
                      receivers:
                        - {name: hook, channel_type: webhook, config: {url: '\(receiver.url)/hook'}}
                        - {name: room, channel_type: slack, config: {webhook_url: '\(receiver.url)/room'}}

                    """)
            let node = try await deployment.startServe()
            let body = #"""
                [{"labels":{"alertname":"Pay","severity":"critical","pan":"4111111111111111"},
                  "annotations":{"summary":"card 4111 1111 1111 1111","description":"key AKIAIOSFODNN7EXAMPLE"}}]
                """#
            #expect(await HTTP.post("http://127.0.0.1:\(node.port)/t/acme/api/v2/alerts", body)?.status == 200)
            let requests = try await receiver.waitForRequests(2)
            let room = try #require(requests.first { $0.path == "/room" }).text
            let hook = try #require(requests.first { $0.path == "/hook" }).text
            #expect(hook.contains("4111 1111 1111 1111") && hook.contains("4111111111111111"))
            #expect(
                !room.contains("4111") && !room.contains("AKIAIOSFODNN7EXAMPLE") && room.contains("[card]"), "\(room)")
            #expect(try await node.process.terminate() == .exit(0))
        }
    }
}
