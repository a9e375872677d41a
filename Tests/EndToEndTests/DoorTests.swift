import Foundation
import Testing
import TocsinTesting

@Suite("The door", .serialized, .timeLimit(.minutes(8)))
struct DoorTests {
    private static let tenants = """
        acme:
          limits: {max_alerts: 5, max_labels: 3, max_body_bytes: 2048}
          receivers: [{name: out, channel_type: console}]
        slow:
          limits: {alerts_per_second: 1, burst: 2}
          receivers: [{name: out, channel_type: console}]
        full:
          limits: {queued_alerts: 3}
          receivers: [{name: out, channel_type: console}]
        """

    @Test("every refusal has its status, a code, and a time to come again where that helps")
    func refusals() async throws {
        let deployment = try Deployment(tenants: DoorTests.tenants)
        let redis = try await deployment.startRedis()
        let node = try await deployment.startIngest()
        let url = { (tenant: String) in "http://127.0.0.1:\(node.port)/t/\(tenant)/api/v2/alerts" }
        let good = Posted.body(["1"])

        let form = await HTTP.post(url("acme"), good, headers: ["Content-Type": "text/plain"])
        #expect(form?.status == 415)
        #expect(await HTTP.post(url("nobody"), good)?.status == 404)
        #expect(await HTTP.post(url("acme"), "[{")?.status == 400)
        let tooMany = await HTTP.post(url("acme"), Posted.body((0..<6).map { "\($0)" }))
        #expect(tooMany?.status == 413 || tooMany?.status == 400)
        #expect(await HTTP.post(url("acme"), "[" + String(repeating: " ", count: 4096) + "]")?.status == 413)

        let mixed = await HTTP.post(
            url("acme"), #"[{"labels":{"a":"b"}},{"labels":{}},{"labels":{"a":"1","b":"2","c":"3","d":"4"}}]"#)
        #expect(mixed?.status == 400)
        #expect(mixed?.body == #""at least one label pair required; there are more than 3 labels""#)
        #expect(mixed?.headers["Tocsin-Accepted"] == "1" && mixed?.headers["Tocsin-Rejected"] == "1,2")

        #expect(await HTTP.post(url("slow"), Posted.body(["1", "2"]))?.status == 200)
        let limited = await HTTP.post(url("slow"), Posted.body(["3", "4"]))
        #expect(limited?.status == 429 && (limited?.retryAfter ?? 0) >= 1)
        #expect(await HTTP.post(url("full"), Posted.body(["1", "2", "3"]))?.status == 200)
        let full = await HTTP.post(url("full"), good)
        #expect([429, 503].contains(full?.status ?? 0) && (full?.retryAfter ?? 0) >= 1)

        try await redis.kill9()
        try await eventually(deadline: .seconds(60), "the loss is noticed") {
            await HTTP.get("http://127.0.0.1:\(node.port)/-/ready")?.status == 503
        }
        let start = ContinuousClock.now
        let away = await HTTP.post(url("acme"), good)
        #expect(away?.status == 503 && (away?.retryAfter ?? 0) >= 1)
        #expect(ContinuousClock.now - start < .seconds(3), "the answer comes at once")
        #expect(await HTTP.get("http://127.0.0.1:\(node.port)/-/healthy")?.status == 200)
        #expect(try await node.process.terminate(deadline: .seconds(40)) == .exit(0))
    }

    @Test("the metrics are what Prometheus reads, in both formats", arguments: ["", "application/openmetrics-text"])
    func metrics(accept: String) async throws {
        let deployment = try Deployment(tenants: DoorTests.tenants)
        let node = try await deployment.startServe()
        let base = "http://127.0.0.1:\(node.port)"
        #expect(await HTTP.post(base + "/t/acme/api/v2/alerts", Posted.body(["1"]))?.status == 200)
        let text = try #require(await HTTP.get(base + "/metrics", headers: ["Accept": accept])?.body)
        #expect(text.contains(#"alertmanager_alerts_total{"#) && text.contains("acme"))
        if accept.isEmpty {
            let file = try deployment.directory.write(text, to: "metrics.txt")
            let check = try ChildProcess("sh", ["-c", "promtool check metrics < \(file)"])
            let ending = try await check.waitForEnd()
            #expect(ending == .exit(0), "\(check.transcript)")
        } else {
            #expect(text.hasSuffix("# EOF\n"))
        }
        #expect(try await node.process.terminate(deadline: .seconds(40)) == .exit(0))
    }

    @Test("a configuration with a receiver that cannot be used starts no node, and replaces none that runs")
    func brokenReceiver() async throws {
        let broken = """
            acme:
              receivers: [{name: out, channel_type: console}, {name: page, channel_type: pagerduty, config: {}}]
            """
        let deployment = try Deployment(tenants: broken)
        let port = try FreePort.find()
        let refused = try ChildProcess(
            Deployment.executable,
            [
                "serve", "--config", deployment.configuration, "--data-dir", deployment.directory.file("data"),
                "--listen", "127.0.0.1:\(port)",
            ])
        #expect(try await refused.waitForEnd() == .exit(78))
        #expect(refused.transcript.contains("integration_key"))

        try deployment.directory.write(DoorTests.tenants, to: "receivers.yaml")
        let node = try await deployment.startServe()
        try deployment.directory.write(broken, to: "receivers.yaml")
        node.process.signal(SIGHUP)
        try await node.process.waitForLine(containing: "the old one stays in use")
        #expect(
            await HTTP.post("http://127.0.0.1:\(node.port)/t/full/api/v2/alerts", Posted.body(["1"]))?.status == 200)
        #expect(try await node.process.terminate(deadline: .seconds(40)) == .exit(0))
    }

    @Test("a node with another root key refuses to start and changes nothing")
    func strangeRootKey() async throws {
        let deployment = try Deployment(tenants: DoorTests.tenants)
        let redis = try await deployment.startRedis()
        let node = try await deployment.startIngest()
        let url = "http://127.0.0.1:\(node.port)/t/acme/api/v2/alerts"
        #expect(await HTTP.post(url, Posted.body(["1"]))?.status == 200)
        let stranger = try ChildProcess(
            Deployment.executable,
            ["worker", "--config", deployment.configuration, "--redis", deployment.redisURL],
            environment: ["TOCSIN_ROOT_KEY": String(repeating: "0123456789abcdef", count: 4)])
        #expect(try await stranger.waitForEnd() == .exit(78))
        #expect(stranger.transcript.contains("root_key_mismatch"))
        #expect(await HTTP.post(url, Posted.body(["2"]))?.status == 200)
        // Nor does a command make a key that nobody else could open.
        let command = try ChildProcess(
            Deployment.executable,
            [
                "tenant", "token", "create", "full", "--config", deployment.configuration, "--redis",
                deployment.redisURL,
            ],
            environment: ["TOCSIN_ROOT_KEY": String(repeating: "0123456789abcdef", count: 4)])
        #expect(try await command.waitForEnd() == .exit(78))
        #expect(command.transcript.contains("root_key_mismatch"))
        #expect(try await deployment.run(["keys", "verify", "--tenant", "full"]).ending == .exit(0))
        #expect(try await node.process.terminate(deadline: .seconds(40)) == .exit(0))
        try await redis.terminate()
    }

    @Test("a node whose root key file is gone refuses to start, and makes no other over its data")
    func lostRootKey() async throws {
        let deployment = try Deployment(tenants: DoorTests.tenants)
        let first = try await deployment.startServe()
        #expect(try await first.process.terminate(deadline: .seconds(40)) == .exit(0))
        let key = try deployment.directory.read("data/root.key")
        try FileManager.default.removeItem(atPath: deployment.directory.file("data/root.key"))
        let second = try ChildProcess(
            Deployment.executable,
            [
                "serve", "--config", deployment.configuration, "--data-dir", deployment.directory.file("data"),
                "--listen", "127.0.0.1:0",
            ])
        #expect(try await second.waitForEnd() == .exit(78))
        #expect(second.transcript.contains("root_key_missing"))
        #expect(!FileManager.default.fileExists(atPath: deployment.directory.file("data/root.key")))
        try deployment.directory.write(key, to: "data/root.key")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o600], ofItemAtPath: deployment.directory.file("data/root.key"))
        let third = try await deployment.startServe()
        #expect(try await third.process.terminate(deadline: .seconds(40)) == .exit(0))
    }
}
