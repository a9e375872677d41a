import Foundation
import Testing
import TocsinTesting

/// What is told afterwards of an alert.
@Suite("Explanations", .timeLimit(.minutes(8)))
struct ExplainTests {
    private struct Alert: Decodable {
        struct Step: Decodable {
            let at: String
            let step: String
            let text: String
            let receiver: String?
            let notification: String?
        }
        let fingerprint: String
        let labels: [String: String]?
        let steps: [Step]
    }

    private static let tenants = """
        acme:
          route:
            receivers: [hook, low]
            group_by: [alertname]
            group_wait: 0s
            group_interval: 1s
            routes: [{matchers: ['team=night'], receivers: [hook], mute_time_intervals: [always]}]
          time_intervals: [{name: always, time_intervals: [{weekdays: ['sunday:saturday']}]}]
          inhibit_rules: [{source_matchers: ['alertname=Power'], target_matchers: ['alertname=Disk'], equal: [site]}]
          receivers:
            - {name: hook, channel_type: webhook, retry: {initial: 100ms, maximum: 200ms}, config: {url: "URL/hook"}}
            - {name: low, channel_type: webhook, min_severity: critical, config: {url: "URL/low"}}

        """

    private func explain(_ deployment: Deployment, _ words: String...) async throws -> [Alert] {
        let (ending, output) = try await deployment.run(
            ["explain", "alert", "--tenant", "acme", "--output", "json"] + words)
        guard ending == .exit(0) else { return [] }
        return try JSONDecoder().decode([Alert].self, from: Data(output.utf8))
    }

    private func alert(_ labels: [String: String], ends: String? = nil) -> String {
        let pairs = labels.map { "\"\($0.key)\":\"\($0.value)\"" }.joined(separator: ",")
        return "[{\"labels\":{\(pairs)}\(ends.map { ",\"endsAt\":\"\($0)\"" } ?? "")}]"
    }

    @Test("the path of an alert is told from its sender to each answer, and why one was not told")
    func path() async throws {
        try await FakeReceiver.withReceiver(answer: { $0.order == 0 ? .status(503) : .status(200) }) { receiver in
            let deployment = try Deployment(
                tenants: Self.tenants.replacing("URL", with: receiver.url), requiresToken: true)
            let redis = try await deployment.startRedis()
            let node = try await deployment.startNode()
            let token = try await deployment.run([
                "tenant", "token", "create", "acme", "--permission", "read", "--permission", "write", "--permission",
                "silence",
            ]).output
            let allowed = ["Authorization": "Bearer \(token)"]
            let url = "http://127.0.0.1:\(node.port)"
            func post(_ body: String) async {
                #expect(await HTTP.post(url + "/api/v2/alerts", body, headers: allowed)?.status == 200)
            }

            await post(alert(["alertname": "Load", "severity": "warning"]))
            try await eventually("it is told") {
                try await explain(deployment, "alertname=Load").first?.steps.last?.step == "delivered"
            }
            let load = try #require(try await explain(deployment, "alertname=Load").first)
            #expect(load.steps.map(\.step) == ["accepted", "routed", "notified", "retried", "delivered"])
            #expect(load.steps[0].text.contains("token \(token.split(separator: "_")[2])"))
            #expect(load.steps[1].text.contains("for hook; not severe enough for low"), "\(load.steps[1].text)")
            #expect(load.steps[3].text.contains("503") && load.steps[4].receiver == "hook")
            #expect(load.labels == ["alertname": "Load", "severity": "warning"])

            await post(alert(["alertname": "Power", "site": "a", "severity": "critical"]))
            await post(alert(["alertname": "Disk", "site": "a", "severity": "critical"]))
            await post(alert(["alertname": "Sleep", "team": "night"]))
            let silence = """
                {"matchers":[{"name":"alertname","value":"Quiet","isRegex":false}],"startsAt":"2020-01-01T00:00:00Z",\
                "endsAt":"2099-01-02T00:00:00Z","createdBy":"a","comment":"b"}
                """
            let made = await HTTP.post(url + "/api/v2/silences", silence, headers: allowed)?.body ?? ""
            await post(alert(["alertname": "Quiet"]))
            let id = made.split(separator: "\"").first { $0.count == 36 }.map(String.init) ?? ""
            let power = try #require(
                await {
                    try? await eventually("the source is told") {
                        try await !explain(deployment, "alertname=Power").isEmpty
                    }
                    return try? await explain(deployment, "alertname=Power").first
                }())
            for (name, reason) in [
                ("Disk", "inhibited by the alert \(power.fingerprint)"),
                ("Sleep", "its route tells nobody now: always"),
                ("Quiet", "silenced by \(id)"),
            ] {
                try await eventually("\(name) is explained by '\(reason)'") {
                    try await explain(deployment, "alertname=\(name)").first?.steps.contains {
                        $0.step == "muted" && $0.text.contains(reason)
                    } == true
                }
            }

            // An end that everybody has heard of; the story is known still by fingerprint and by all its labels.
            await post(alert(["alertname": "Load", "severity": "warning"], ends: "2020-01-01T00:00:00Z"))
            try await eventually("it is finished") {
                try await explain(deployment, load.fingerprint).first?.steps.last?.step == "finished"
            }
            let over = try #require(try await explain(deployment, "alertname=Load", "severity=warning").first)
            #expect(over.steps.contains { $0.text.contains("as resolved") } && over.fingerprint == load.fingerprint)
            #expect(try await explain(deployment, "alertname=Nothing").isEmpty)
            let malformed = try await deployment.run(["explain", "alert", "--tenant", "acme", "nonsense{"])
            #expect(malformed.ending == .exit(64))

            // The same by HTTP, and for nobody else.
            let answer = await HTTP.get(url + "/api/v1/explain?fingerprint=" + load.fingerprint, headers: allowed)
            #expect(answer?.status == 200 && answer?.body.contains("\"step\":\"finished\"") == true)
            #expect(await HTTP.get(url + "/api/v1/explain?fingerprint=xyz", headers: allowed)?.status == 400)
            #expect(
                await HTTP.get(url + "/api/v1/explain?filter=alertname%3D%22None%22", headers: allowed)?.status == 404)
            #expect(await HTTP.get(url + "/api/v1/explain?fingerprint=" + load.fingerprint)?.status == 401)
            #expect(try await node.process.terminate() == .exit(0))
            try await redis.kill9()
        }
    }

    @Test("a trail has no more bytes than the tenant's limit, and none at all where that is zero")
    func bounded() async throws {
        let deployment = try Deployment(
            tenants: """
                acme:
                  limits: {trail_bytes: 4096}
                  route: {receivers: [out], group_by: [n], group_wait: 0s}
                  receivers: [{name: out, channel_type: console}]
                umbrella:
                  limits: {trail_bytes: 0}
                  route: {receivers: [out], group_wait: 0s}
                  receivers: [{name: out, channel_type: console}]

                """)
        let redis = try await deployment.startRedis()
        let node = try await deployment.startNode()
        let url = "http://127.0.0.1:\(node.port)/t/"
        for number in 0..<60 {
            #expect(
                await HTTP.post(url + "acme/api/v2/alerts", alert(["alertname": "A", "n": "\(number)"]))?.status == 200)
        }
        #expect(await HTTP.post(url + "umbrella/api/v2/alerts", alert(["alertname": "A"]))?.status == 200)
        try await eventually("the last is told of") {
            try await explain(deployment, "alertname=A", "n=59").first?.steps.last?.step == "delivered"
        }
        #expect(try await explain(deployment, "alertname=A", "n=0").isEmpty, "the oldest is forgotten")
        let (ending, _) = try await deployment.run(["explain", "alert", "--tenant", "umbrella", "alertname=A"])
        #expect(ending == .exit(1))
        #expect(try await node.process.terminate() == .exit(0))
        try await redis.kill9()
    }
}
