import Foundation
import Synchronization
import Testing
import TocsinTesting

@Suite("Fair turns", .serialized, .timeLimit(.minutes(8)))
struct FairTurnTests {
    private static func tenant(_ name: String, _ url: String) -> String {
        """
        \(name):
          route: {receivers: [hook], group_by: [bench_id], group_wait: 0s, group_interval: 1s}
          receivers:
            - {name: hook, channel_type: webhook, max_concurrency: 8, config: {url: "\(url)/\(name)"}}

        """
    }

    @Test("one tenant floods 20,000 alerts; 99 others with one alert each are delivered long before the flood")
    func flood() async throws {
        try await FakeReceiver.withReceiver(answer: { _ in .ok }) { receiver in
            let others = (1...99).map { "small-\($0)" }
            let deployment = try Deployment(
                tenants: (["flood"] + others).map { FairTurnTests.tenant($0, receiver.url) }.joined())
            let redis = try await deployment.startRedis()
            let ingest = try await deployment.startIngest()
            let base = "http://127.0.0.1:\(ingest.port)/t/"
            for batch in 0..<40 {
                let ids = (0..<500).map { "f\(batch * 500 + $0)" }
                #expect(await HTTP.post(base + "flood/api/v2/alerts", Posted.body(ids))?.status == 200)
            }
            for other in others {
                #expect(await HTTP.post(base + other + "/api/v2/alerts", Posted.body(["one"]))?.status == 200)
            }
            let worker = try await deployment.startWorker()
            try await eventually(deadline: .seconds(120), "all small tenants are delivered") {
                receiver.requests.count { $0.path.hasPrefix("/small-") } >= 99
            }
            let requests = receiver.requests
            let small = Set(requests.map(\.path).filter { $0.hasPrefix("/small-") })
            // By the order of their coming: how long after it this looks is the machine's affair.
            let last = requests.lastIndex { $0.path.hasPrefix("/small-") } ?? 0
            let floodBefore = requests[..<last].count { $0.path == "/flood" }
            print("fair turns: \(floodBefore) of the flood's 20000 were delivered before the last of the 99 others")
            #expect(small.count == 99)
            #expect(floodBefore < 10_000, "the small tenants must not wait for the flood")
            try await eventually(deadline: .seconds(120), "the flood is delivered too") {
                receiver.requests.count { $0.path == "/flood" } >= 100
            }
            for process in [ingest.process, worker, redis] { process.signal(SIGKILL) }
        }
    }
}
