import Foundation
import Testing
import TocsinTesting

@Suite("A killed Redis", .serialized, .timeLimit(.minutes(8)))
struct KilledRedisTests {
    private static func tenants(_ url: String) -> String {
        """
        acme:
          route: {receivers: [hook], group_by: [bench_id], group_wait: 0s, group_interval: 1s}
          receivers:
            - {name: hook, channel_type: webhook, max_concurrency: 8, config: {url: "\(url)/hook"}}
        """
    }

    @Test("Redis is killed and restarted under load with appendfsync always: nothing accepted is lost")
    func redisKilled() async throws {
        try await FakeReceiver.withReceiver(answer: { _ in .ok }) { receiver in
            let deployment = try Deployment(tenants: KilledRedisTests.tenants(receiver.url), fsync: "always")
            let redis = try await deployment.startRedis()
            let ingest = try await deployment.startIngest()
            let worker = try await deployment.startWorker()
            let address = "http://127.0.0.1:\(ingest.port)/t/acme/api/v2/alerts"
            var accepted: Set<String> = []
            var refused = 0
            var second: ChildProcess?
            for number in 0..<300 {
                let id = "r\(number)"
                if number == 100 { redis.signal(SIGKILL) }
                if number == 200 {
                    try await redis.waitForEnd()
                    second = try await deployment.startRedis()
                }
                if await HTTP.post(address, Posted.body([id]))?.status == 200 {
                    accepted.insert(id)
                } else {
                    refused += 1
                }
            }
            let ids = accepted
            #expect(ids.count >= 100 && refused >= 1)
            try await eventually(deadline: .seconds(40), "all that was accepted is delivered") {
                ids.isSubset(of: Posted.counts(receiver.requests).keys)
            }
            // One outage is told of in a few lines, whatever number of shards there are.
            #expect(worker.transcript.contains("there is no connection to Redis"))
            let warnings = worker.transcript.split(separator: "\n").count { $0.contains("level=warning") }
            #expect(warnings < 30, "\(worker.transcript)")
            for process in [ingest.process, worker] { process.signal(SIGKILL) }
            second?.signal(SIGKILL)
        }
    }
}
