import Foundation
import Testing
import TocsinTesting

/// `tocsin autoscaler` with real workers, a real ingest node and a slow receiver.
@Suite("Autoscaler", .serialized, .timeLimit(.minutes(8)))
struct AutoscalerTests {
    private static func tenants(_ url: String) -> String {
        """
        acme:
          route: {receivers: [hook], group_by: [bench_id], group_wait: 0s, group_interval: 1h, repeat_interval: 4h}
          receivers:
            - {name: hook, channel_type: webhook, max_concurrency: 64, config: {url: "\(url)/hook"}}
        """
    }

    /// Quick to grow and to shrink, and workers with two places, so that a test takes seconds.
    private static let server = """
        worker: {deliveries_in_flight: 2}
        autoscaler:
          interval: 200ms
          lease: 2s
          min: 1
          max: 3
          start_time: 1s
          drain_target: 1s
          down_window: 2s
          down_period: 100ms
          redis_latency: 60s
          redis_load: 64

        """

    private struct Report: Decodable {
        struct Decision: Decodable {
            struct Seen: Decodable { let depth: Int? }
            let from: Int
            let size: Int
            let reason: String
            let sentence: String
            let observation: Seen
        }
        let inCharge: Bool
        let newest: Decision?
        let changes: [Decision]
    }

    private static func start(_ deployment: Deployment, driver: String = "process", port: Int) throws -> ChildProcess {
        try ChildProcess(
            Deployment.executable,
            [
                "autoscaler", "run", "--driver", driver, "--listen", "127.0.0.1:\(port)", "--config",
                deployment.configuration, "--redis", deployment.redisURL, "--data-dir",
                deployment.directory.file("data"),
            ], environment: deployment.environment)
    }

    private static func report(_ port: Int) async throws -> Report {
        let answer = try #require(await HTTP.get("http://127.0.0.1:\(port)/api/v1/autoscaler/decisions"))
        return try JSONDecoder().decode(Report.self, from: Data(answer.body.utf8))
    }

    @Test("a pool of processes grows for a burst and shrinks after it, and every alert arrives once")
    func growsAndShrinks() async throws {
        try await FakeReceiver.withReceiver(answer: { _ in
            try await Task.sleep(for: .milliseconds(300))
            return .ok
        }) { receiver in
            let deployment = try Deployment(tenants: Self.tenants(receiver.url), server: Self.server)
            let redis = try await deployment.startRedis()
            let ingest = try await deployment.startIngest()
            let port = try FreePort.find()
            let autoscaler = try Self.start(deployment, port: port)
            func workers() async throws -> Int {
                try await deployment.nodes().count { $0.role == "worker" && !$0.isDraining }
            }
            try await autoscaler.waitForLine(containing: "a worker is started")
            try await eventually(deadline: .seconds(120), "one worker") { try await workers() == 1 }
            let ids = (0..<80).map { "id-\($0)" }
            #expect(
                await HTTP.post("http://127.0.0.1:\(ingest.port)/t/acme/api/v2/alerts", Posted.body(ids))?.status == 200
            )
            try await eventually(deadline: .seconds(120), "three workers") { try await workers() == 3 }
            let metric = try #require(await HTTP.get("http://127.0.0.1:\(port)/api/v1/external-metrics"))
            #expect(metric.status == 200 && metric.body.contains("\"kind\":\"ExternalMetricValueList\""))
            try await eventually(deadline: .seconds(120), "all arrive") {
                Posted.counts(receiver.requests).count == ids.count
            }
            try await eventually(deadline: .seconds(120), "one worker again") {
                let nodes = try await deployment.nodes().filter { $0.role == "worker" }
                return nodes.count == 1 && !nodes[0].isDraining
            }
            try await eventually(deadline: .seconds(60), "the ledger is even") {
                try await deployment.balance("acme")?.expectedPending == 0
            }
            #expect(
                Posted.counts(receiver.requests).values.allSatisfy { $0 == 1 }, "a worker that goes repeats nothing")

            let report = try await Self.report(port)
            #expect(report.inCharge)
            #expect(
                report.changes.allSatisfy { $0.sentence.hasSuffix(".") && $0.observation.depth != nil || $0.from == 0 })
            #expect(report.changes.contains { $0.size > $0.from && ["backlog", "age"].contains($0.reason) })
            #expect(report.changes.contains { $0.size < $0.from && $0.reason == "less_needed" })
            let explained = try await deployment.run(["autoscaler", "explain"])
            #expect(explained.ending == .exit(0) && explained.output.contains("1 worker instead of"), "\(explained)")
            try await eventually(deadline: .seconds(60), "every change is in the audit log") {
                let log = try await deployment.run(["audit", "tail", "--tenant", "deployment", "--count", "1000"])
                    .output
                return log.contains("pool.scale") && log.contains("from=3") && log.contains("to=3")
            }
            let metrics = try #require(await HTTP.get("http://127.0.0.1:\(port)/metrics")).body
            #expect(metrics.contains("tocsin_autoscaler_leader 1"))
            #expect(metrics.contains("tocsin_backlog_undelivered 0"))

            #expect(try await autoscaler.terminate() == .exit(0))
            #expect(try await deployment.nodes().allSatisfy { $0.role != "worker" }, "its workers end with it")
            for process in [ingest.process, redis] { process.signal(SIGKILL) }
        }
    }

    @Test("whichever of two autoscalers is asked, it tells the number of workers that was decided")
    func externalMetric() async throws {
        let server = Self.server.replacingOccurrences(of: "  max: 3\n", with: "  max: 3\n  routing_rate: 1\n")
        let deployment = try Deployment(tenants: Self.tenants("http://127.0.0.1:9"), server: server)
        let redis = try await deployment.startRedis()
        let ingest = try await deployment.startIngest()
        let url = "http://127.0.0.1:\(ingest.port)/t/acme/api/v2/alerts"
        #expect(await HTTP.post(url, Posted.body((0..<40).map { "id-\($0)" }))?.status == 200)
        let ports = [try FreePort.find(), try FreePort.find()]
        let autoscalers = try ports.map { try Self.start(deployment, driver: "none", port: $0) }
        for port in ports {
            try await eventually(deadline: .seconds(60), "three workers are wanted, by the one that stands by too") {
                let answer = await HTTP.get("http://127.0.0.1:\(port)/api/v1/external-metrics")
                return answer?.status == 200 && answer?.body.contains("\"desiredWorkers\":3") == true
                    && answer?.body.contains("\"value\":40") == true
            }
        }
        #expect(try await deployment.nodes().allSatisfy { $0.role != "worker" }, "nobody is started")
        for process in autoscalers + [ingest.process, redis] { process.signal(SIGKILL) }
    }

    @Test("an autoscaler that is killed leaves its workers delivering, and the next one takes them over")
    func survivesItsOwnDeath() async throws {
        try await FakeReceiver.withReceiver { receiver in
            let deployment = try Deployment(tenants: Self.tenants(receiver.url), server: Self.server)
            let redis = try await deployment.startRedis()
            let ingest = try await deployment.startIngest()
            func workers() async throws -> [String] {
                try await deployment.nodes().filter { $0.role == "worker" }.map(\.id)
            }
            let first = try Self.start(deployment, port: try FreePort.find())
            try await first.waitForLine(containing: "a worker is started")
            try await eventually(deadline: .seconds(120), "one worker") { try await workers().count == 1 }
            let before = try await workers()
            try await first.kill9()
            let url = "http://127.0.0.1:\(ingest.port)/t/acme/api/v2/alerts"
            #expect(await HTTP.post(url, Posted.body(["orphan"]))?.status == 200)
            try await receiver.waitForRequests(1)
            let second = try Self.start(deployment, port: try FreePort.find())
            try await second.waitForLine(containing: "in charge of the pool")
            #expect(try await workers() == before)
            #expect(try await second.terminate() == .exit(0))
            #expect(try await workers().isEmpty)
            for process in [ingest.process, redis] { process.signal(SIGKILL) }
        }
    }

    @Test("a policy is tried on a trace, and loads are compared")
    func triesAPolicy() async throws {
        let directory = try TemporaryDirectory()
        let trace = try directory.write(
            #"{"concurrency": 20, "steps": [{"seconds": 120, "rate": 100}, {"seconds": 60, "rate": 100, "burst": 5000}]}"#,
            to: "trace.json")
        let policy = try directory.write("min: 2\nmax: 9\n", to: "policy.yaml")
        func run(_ arguments: [String]) async throws -> (ChildProcess.Ending, String) {
            let process = try ChildProcess(Deployment.executable, ["autoscaler"] + arguments)
            let ending = try await process.waitForEnd()
            return (ending, process.transcript)
        }
        let replay = try await run(["replay", "--trace", trace, "--policy", policy])
        #expect(replay.0 == .exit(0) && replay.1.contains("are to be gone in 5s"), "\(replay.1)")
        let wrong = try directory.write("min: 5\nmax: 2\nfoo: 1\n", to: "wrong.yaml")
        let refused = try await run(["replay", "--trace", trace, "--policy", wrong])
        #expect(refused.0 == .exit(78) && refused.1.contains("must not be more than max"), "\(refused.1)")
        let compared = try await run(["compare", "--load", "steady", "--output", "json"])
        #expect(compared.0 == .exit(0) && compared.1.contains("\"workerHours\""), "\(compared.1)")
    }
}
