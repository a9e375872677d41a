import Foundation
import Testing
import TocsinTesting

/// The cases in which Alertmanager 0.25 loses or doubles notifications, measured there as: A1 0/50, A2 0/50, A3 0/20,
/// A5 0/20, A7 20 copies of 5.
@Suite("Cases that Alertmanager loses", .serialized, .timeLimit(.minutes(8)))
struct AlertmanagerCasesTests {
    private static func tenants(
        _ url: String, groupBy: String = "[bench_id]", wait: String = "0s", interval: String = "1s", timeout: Int = 10
    ) -> String {
        """
        acme:
          route:
            receivers: [hook]
            group_by: \(groupBy)
            group_wait: \(wait)
            group_interval: \(interval)
            repeat_interval: 1h
          receivers:
            - name: hook
              channel_type: webhook
              max_concurrency: 8
              retry: {initial: 200ms, maximum: 1s}
              config:
                url: "\(url)/hook"
                timeout: \(timeout)
        """
    }

    /// What was answered with success, whatever happened before.
    private final class Delivered: Sendable {
        private let answers: @Sendable (ReceivedRequest) async throws -> FakeAnswer
        init(_ answers: @escaping @Sendable (ReceivedRequest) async throws -> FakeAnswer) { self.answers = answers }
    }

    private func ids(_ count: Int) -> [String] { (0..<count).map { "id-\($0)" } }

    private func post(_ ids: [String], to port: Int) async throws {
        let answer = await HTTP.post("http://127.0.0.1:\(port)/t/acme/api/v2/alerts", Posted.body(ids))
        #expect(answer?.status == 200, "\(answer?.body ?? "no answer")")
    }

    @Test(
        "A1: 50 accepted while the receiver is down, everything restarted: 50 delivered", arguments: [SIGTERM, SIGKILL])
    func a1RestartWithReceiverDown(signal: Int32) async throws {
        try await FakeReceiver.withReceiver(answer: { _ in .status(503) }) { receiver in
            let deployment = try Deployment(tenants: AlertmanagerCasesTests.tenants(receiver.url))
            let first = try await deployment.startServe()
            try await post(ids(50), to: first.port)
            try await receiver.waitForRequests(1)
            first.process.signal(signal)
            let ending = try await first.process.waitForEnd(deadline: .seconds(60))
            if signal == SIGTERM { #expect(ending == .exit(0), "\(first.process.transcript)") }
            let before = receiver.answer { _ in .ok }
            let second = try await deployment.startServe()
            try await eventually(deadline: .seconds(60), "50 are delivered") {
                Posted.counts(Array(receiver.requests.dropFirst(before))).count == 50
            }
            try await second.process.terminate(deadline: .seconds(60))
        }
    }

    @Test("A2: 50 accepted inside group_wait, everything restarted: 50 delivered")
    func a2RestartInsideGroupWait() async throws {
        try await FakeReceiver.withReceiver { receiver in
            // The alert began a minute ago, so the wait must be longer than that to count.
            let deployment = try Deployment(
                tenants: AlertmanagerCasesTests.tenants(
                    receiver.url, groupBy: "[alertname]", wait: "65s", interval: "70s"))
            let first = try await deployment.startServe()
            let body = Posted.body(ids(50)).replacingOccurrences(
                of: #""startsAt":"[^"]*","#, with: "", options: .regularExpression)
            let answer = await HTTP.post("http://127.0.0.1:\(first.port)/t/acme/api/v2/alerts", body)
            #expect(answer?.status == 200)
            try await first.process.terminate(deadline: .seconds(60))
            #expect(receiver.requests.isEmpty)
            let second = try await deployment.startServe()
            try await eventually(deadline: .seconds(90), "50 are delivered") {
                Posted.counts(receiver.requests).count == 50
            }
            #expect(receiver.requests.count == 1)
            try await second.process.terminate(deadline: .seconds(60))
        }
    }

    @Test("A3: 5 seconds of 429 or 408, then 200: all delivered", arguments: [429, 408])
    func a3ShortRefusal(status: Int) async throws {
        let start = ContinuousClock.now
        try await FakeReceiver.withReceiver(answer: { _ in
            ContinuousClock.now - start < .seconds(5) ? .status(status) : .ok
        }) { receiver in
            let deployment = try Deployment(tenants: AlertmanagerCasesTests.tenants(receiver.url, interval: "5m"))
            let node = try await deployment.startServe()
            try await post(ids(20), to: node.port)
            try await eventually(deadline: .seconds(60), "all are delivered") {
                let balance = try await deployment.embeddedBalance("acme")
                return balance.ledger.delivered == 20
            }
            #expect(Posted.counts(receiver.requests).count == 20)
            try await node.process.terminate(deadline: .seconds(60))
        }
    }

    @Test("A5: two ingest nodes, two workers, one of each killed: all delivered")
    func a5KilledNodes() async throws {
        try await FakeReceiver.withReceiver { receiver in
            let deployment = try Deployment(tenants: AlertmanagerCasesTests.tenants(receiver.url, wait: "2s"))
            let redis = try await deployment.startRedis()
            let ingests = [try await deployment.startIngest(), try await deployment.startIngest()]
            let workers = [try await deployment.startWorker(), try await deployment.startWorker()]
            try await post((0..<10).map { "id-\($0)" }, to: ingests[0].port)
            try await post((10..<20).map { "id-\($0)" }, to: ingests[1].port)
            try await ingests[0].process.kill9()
            try await workers[0].kill9()
            try await eventually(deadline: .seconds(60), "all are delivered") {
                Posted.counts(receiver.requests).count == 20
            }
            try await workers[1].terminate(deadline: .seconds(60))
            try await ingests[1].process.terminate(deadline: .seconds(60))
            try await redis.terminate()
        }
    }

    @Test("A7: a receiver slower than group_interval is not sent the same again and again")
    func a7SlowReceiver() async throws {
        try await FakeReceiver.withReceiver(answer: { _ in
            try await Task.sleep(for: .seconds(4))
            return .ok
        }) { receiver in
            let deployment = try Deployment(
                tenants: AlertmanagerCasesTests.tenants(receiver.url, interval: "1s", timeout: 30))
            let node = try await deployment.startServe()
            try await post(ids(5), to: node.port)
            try await eventually(deadline: .seconds(60), "all are delivered") {
                try await deployment.embeddedBalance("acme").ledger.delivered == 5
            }
            #expect(receiver.requests.count == 5)
            #expect(Posted.counts(receiver.requests).values.allSatisfy { $0 == 1 })
            try await node.process.terminate(deadline: .seconds(60))
        }
    }
}

extension Deployment {
    /// The balance of a deployment that runs on its embedded Redis.
    func embeddedBalance(_ tenant: String) async throws -> Balance {
        let process = try ChildProcess(
            Deployment.executable,
            [
                "status", "--tenant", tenant, "--output", "json", "--config", configuration, "--data-dir",
                directory.file("data"),
            ])
        try await process.waitForEnd()
        struct Report: Decodable { let tenants: [Balance] }
        let text = process.lines(.output).joined(separator: "\n")
        guard let first = try JSONDecoder().decode(Report.self, from: Data(text.utf8)).tenants.first else {
            throw DeadNode(transcript: process.transcript)
        }
        return first
    }
}
