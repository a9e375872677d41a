import Foundation
import Testing
import TocsinTesting

@Suite("Commands", .serialized, .timeLimit(.minutes(8)))
struct CommandTests {
    /// - Parameter interval: The group's. A later notification of a group takes the place of its dead letter, so a test
    ///   that names one wants none to come.
    private static func tenants(_ url: String, interval: String = "1s") -> String {
        """
        acme:
          route: {receivers: [hook], group_by: [bench_id], group_wait: 0s, group_interval: \(interval)}
          receivers:
            - {name: hook, channel_type: webhook, config: {url: "\(url)/hook", headers: {X-Key: "s3cretvalue"}}}
        """
    }

    private struct Letter: Decodable {
        let id: String
    }

    @Test("a token opens its tenant's door alone, until it is revoked")
    func tokens() async throws {
        let deployment = try Deployment(tenants: CommandTests.tenants("http://127.0.0.1:1"), requiresToken: true)
        let redis = try await deployment.startRedis()
        let ingest = try await deployment.startIngest()
        let address = "http://127.0.0.1:\(ingest.port)/api/v2/alerts"
        #expect(await HTTP.post(address, Posted.body(["a"]))?.status == 401)
        let made = try await deployment.run(["tenant", "token", "create", "acme", "--name", "test"])
        #expect(made.ending == .exit(0))
        let header = ["Authorization": "Bearer " + made.output.trimmingCharacters(in: .whitespacesAndNewlines)]
        #expect(await HTTP.post(address, Posted.body(["a"]), headers: header)?.status == 200)
        #expect(await HTTP.post(address, Posted.body(["a"]), headers: ["Authorization": "Bearer x"])?.status == 401)
        let listed = try await deployment.run(["tenant", "token", "list", "acme", "--output", "json"])
        let id = try #require(try JSONDecoder().decode([Letter].self, from: Data(listed.output.utf8)).first?.id)
        #expect(try await deployment.run(["tenant", "token", "revoke", "acme", id]).ending == .exit(0))
        try await eventually(deadline: .seconds(60), "the token is refused") {
            await HTTP.post(address, Posted.body(["b"]), headers: header)?.status == 401
        }
        ingest.process.signal(SIGKILL)
        redis.signal(SIGKILL)
    }

    @Test("render shows what would be sent, and what would follow an answer, and no secret")
    func render() async throws {
        let deployment = try Deployment(
            tenants: """
                acme:
                  receivers:
                    - name: desk
                      channel_type: jira
                      config:
                        {api_url: "https://x.example", project: OPS, issue_type: Task, email: a@b.example,
                         api_token: s3cretvalue}
                """)
        let alerts = try deployment.directory.write(Posted.body(["disk"]), to: "alerts.json")
        let search = try await deployment.run(["render", "acme", "desk", "--alerts", alerts], onDeployment: false)
        #expect(search.ending == .exit(0) && search.output.contains("jql"))
        let both = try await deployment.run(
            ["render", "acme", "desk", "--alerts", alerts, "--answer", #"{"issues": []}"#, "--output", "json"],
            onDeployment: false)
        let lines = both.output.split(separator: "\n")
        #expect(lines.count == 2 && lines.last?.contains("summary") == true)
        #expect(!(search.output + both.output).contains("s3cretvalue"))
    }

    @Test("a dead letter is listed, shown, and delivered when it is replayed")
    func deadLetters() async throws {
        try await FakeReceiver.withReceiver(answer: { _ in .status(410) }) { receiver in
            let deployment = try Deployment(tenants: CommandTests.tenants(receiver.url, interval: "1h"))
            let redis = try await deployment.startRedis()
            let ingest = try await deployment.startIngest()
            let worker = try await deployment.startWorker()
            let address = "http://127.0.0.1:\(ingest.port)/t/acme/api/v2/alerts"
            #expect(await HTTP.post(address, Posted.body(["lost"]))?.status == 200)
            try await eventually(deadline: .seconds(120), "the notification dies") {
                try await deployment.balance("acme")?.deadLetters == 1
            }
            let listed = try await deployment.run(["dead-letters", "list", "acme", "--output", "json"])
            let letters = try JSONDecoder().decode([Letter].self, from: Data(listed.output.utf8))
            let id = try #require(letters.first?.id)
            let shown = try await deployment.run(["dead-letters", "show", "acme", id])
            #expect(shown.output.contains("lost") && shown.output.contains("http_410"), "\(shown.output)")
            receiver.answer { _ in .ok }
            let before = receiver.requests.count
            #expect(try await deployment.run(["dead-letters", "replay", "acme", id]).ending == .exit(0))
            try await eventually(deadline: .seconds(60), "the replayed notification is delivered") {
                Posted.counts(Array(receiver.requests.dropFirst(before)))["lost"] != nil
            }
            for process in [ingest.process, worker, redis] { process.signal(SIGKILL) }
        }
    }

    @Test("a changed file is read again, and one with errors is reported and left alone")
    func reload() async throws {
        let deployment = try Deployment(tenants: CommandTests.tenants("http://127.0.0.1:1"))
        let node = try await deployment.startServe()
        try deployment.directory.write("acme: {recievers: []}", to: "receivers.yaml")
        try await node.process.waitForLine(containing: "the old one stays in use")
        try deployment.directory.write(
            CommandTests.tenants("http://127.0.0.1:1") + "\nglobex: {receivers: [{name: c, channel_type: console}]}\n",
            to: "receivers.yaml")
        node.process.signal(SIGHUP)
        try await node.process.waitForLine(containing: "the new configuration is in use")
        let address = "http://127.0.0.1:\(node.port)/t/globex/api/v2/alerts"
        try await eventually(deadline: .seconds(60), "the new tenant's door is open") {
            await HTTP.post(address, Posted.body(["a"]))?.status == 200
        }
        #expect(try await node.process.terminate() == .exit(0), "\(node.process.transcript)")
    }
}
