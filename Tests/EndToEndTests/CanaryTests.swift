import Foundation
import Testing
import TocsinTesting

/// Nothing that a sender wrote may be read in Redis.
@Suite("Plaintext", .serialized, .timeLimit(.minutes(8)))
struct CanaryTests {
    private static let canary = "canary7f3a"

    private static let tenants = """
        acme:
          route: {receivers: [hook], group_by: [alertname], group_wait: 0s, group_interval: 1s}
          receivers:
            - name: hook
              channel_type: webhook
              retry: {initial: 200ms, maximum: 1s}
              config: {url: "URL/hook"}
            - name: gone
              channel_type: webhook
              enabled: false
              config: {url: "URL/gone"}
        """

    private static let body = """
        [{"labels":{"alertname":"\(canary)-name","\(canary)_label":"\(canary)-value","n":"NUMBER"},\
        "annotations":{"summary":"\(canary)-summary"},"generatorURL":"http://\(canary).example/"}]
        """

    @Test("no key and no value of a busy server holds a word of an alert")
    func scan() async throws {
        try await FakeReceiver.withReceiver(answer: { $0.order % 2 == 0 ? .status(503) : .status(410) }) { receiver in
            let deployment = try Deployment(
                tenants: CanaryTests.tenants.replacing("URL", with: receiver.url))
            let redis = try await deployment.startRedis()
            let ingest = try await deployment.startIngest()
            // Without a worker first, so that batches wait; then with one whose notifications fail, wait and die.
            for number in 0..<20 { try await post(number, to: ingest.port) }
            try scanRedis(deployment, wanted: "alerts")
            let worker = try await deployment.startWorker()
            for number in 20..<40 { try await post(number, to: ingest.port) }
            try await receiver.waitForRequests(2)
            try await eventually("one dies") { try await (deployment.balance("acme")?.deadLetters ?? 0) > 0 }
            try scanRedis(deployment, wanted: ":g:")
            worker.signal(SIGKILL)
            ingest.process.signal(SIGKILL)
            redis.signal(SIGKILL)
        }
    }

    private func post(_ number: Int, to port: Int) async throws {
        let body = CanaryTests.body.replacing("NUMBER", with: String(number))
        let answer = await HTTP.post("http://127.0.0.1:\(port)/t/acme/api/v2/alerts", body)
        #expect(answer?.status == 200, "\(answer?.body ?? "no answer")")
    }

    private func scanRedis(_ deployment: Deployment, wanted: String) throws {
        let keys = try deployment.redisCommand("--no-raw", "KEYS", "*")
        #expect(keys.contains(wanted), "there is something to scan: \(keys)")
        // The append-only file has every key and value that was ever written, in the clear if they were.
        let files = try #require(FileManager.default.enumerator(atPath: deployment.directory.path))
        var scanned = 0
        for case let file as String in files where file.contains("appendonlydir/") {
            let data = try Data(contentsOf: URL(fileURLWithPath: deployment.directory.file(file)))
            scanned += data.count
            #expect(data.range(of: Data(CanaryTests.canary.utf8)) == nil, "a word of an alert stands in \(file)")
        }
        #expect(scanned > 1000)
        #expect(!keys.contains(CanaryTests.canary))
    }
}
