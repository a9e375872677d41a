import Foundation
import Testing
import TocsinTesting

/// Another version's program before and after this one's, on one Redis, under load.
///
/// `TOCSIN_OLD_PROGRAM` names it; `scripts/rolling-upgrade` builds it. Without one there is nothing to upgrade from.
@Suite("A rolling upgrade", .timeLimit(.minutes(8)))
struct RollingUpgradeTests {
    private static let old = ProcessInfo.processInfo.environment["TOCSIN_OLD_PROGRAM"]

    private static func tenants(_ url: String) -> String {
        """
        acme:
          route: {receivers: [hook], group_by: [bench_id], group_wait: 0s, group_interval: 1h, repeat_interval: 4h}
          receivers:
            - name: hook
              channel_type: webhook
              retry: {initial: 100ms, maximum: 1s}
              config: {url: "\(url)/hook", timeout: 5}
        """
    }

    @Test("old and new nodes take turns, up and back: everything arrives", .enabled(if: old != nil))
    func upAndBack() async throws {
        let (old, new) = (try #require(Self.old), Deployment.executable)
        try await FakeReceiver.withReceiver { receiver in
            let deployment = try Deployment(tenants: Self.tenants(receiver.url))
            let redis = try await deployment.startRedis()
            var accepted: [String] = []
            var nodes: [(program: String, process: ChildProcess, port: Int)] = []
            for (round, program) in [old, old, new, new, old, old].enumerated() {
                let port = try FreePort.find()
                let process = try deployment.start("serve", ["--listen", "127.0.0.1:\(port)"], program: program)
                nodes.append((program, process, port))
                try await eventually(deadline: .seconds(30), "the node is ready:\n\(process.transcript)") {
                    await HTTP.get("http://127.0.0.1:\(port)/-/ready")?.status == 200
                }
                for number in 0..<60 {
                    let id = "\(round)-\(number)"
                    let url = "http://127.0.0.1:\(nodes[number % nodes.count].port)/t/acme/api/v2/alerts"
                    if await HTTP.post(url, Posted.body([id]))?.status == 200 { accepted.append(id) }
                }
                if nodes.count > 2 {
                    #expect(try await nodes.removeFirst().process.terminate(deadline: .seconds(60)) == .exit(0))
                }
            }
            try await eventually(deadline: .seconds(60), "all that was accepted has arrived, and the ledger adds up") {
                guard Posted.counts(receiver.requests).count == accepted.count else { return false }
                guard let balance = try await deployment.balance("acme") else { return false }
                return balance.isBalanced == true && balance.expectedPending == 0
            }
            #expect(Posted.counts(receiver.requests).values.allSatisfy { $0 == 1 })
            #expect(accepted.count == 360)
            print("rolling upgrade: \(accepted.count) accepted, \(Posted.counts(receiver.requests).count) arrived")
            for process in nodes.map(\.process) + [redis] { process.signal(SIGKILL) }
        }
    }
}
