import Foundation
import Synchronization
import Testing
import TocsinTesting

private let chaosSeconds = Int(ProcessInfo.processInfo.environment["TOCSIN_CHAOS_SECONDS"] ?? "") ?? 60

/// Load while processes are killed and the receiver misbehaves, all from one seed.
///
/// What was accepted must arrive.
///
/// `TOCSIN_CHAOS_SECONDS` (default 60) and `TOCSIN_CHAOS_SEED` set its length and its course; `scripts/chaos` sets both.
@Suite("Chaos", .serialized, .timeLimit(.minutes(10 + chaosSeconds / 60)))
struct ChaosTests {
    static let seed =
        UInt64(ProcessInfo.processInfo.environment["TOCSIN_CHAOS_SEED"] ?? "") ?? UInt64(Date().timeIntervalSince1970)
    static let tenants = ["acme", "globex"]

    /// What was accepted and what has arrived, per tenant and alert.
    private final class Book: Sendable {
        struct State {
            var acceptedFiring: Set<String> = []
            var acceptedResolved: Set<String> = []
            var arrivedFiring: [String: Int] = [:]
            var arrivedResolved: [String: Int] = [:]
            var orderViolations: [String] = []
        }
        let state = Mutex(State())

        func arrived(_ tenant: String, _ request: ReceivedRequest) {
            state.withLock { state in
                for alert in Posted.alerts(in: request) {
                    let key = tenant + "/" + alert.id
                    if alert.status == "firing" {
                        state.arrivedFiring[key, default: 0] += 1
                        // A resolved alert never fires again here: a firing one after it is out of order.
                        if state.arrivedResolved[key] != nil { state.orderViolations.append(key) }
                    } else {
                        state.arrivedResolved[key, default: 0] += 1
                        if state.arrivedFiring[key] == nil { state.orderViolations.append(key) }
                    }
                }
            }
        }

        var missing: [String] {
            state.withLock { state in
                state.acceptedFiring.filter { state.arrivedFiring[$0] == nil }
                    + state.acceptedResolved.filter { state.arrivedResolved[$0] == nil }.map { "resolved " + $0 }
            }
        }
    }

    @Test("nothing accepted is lost, nothing is out of order, the ledgers balance")
    func chaos() async throws {
        let seed = ChaosTests.seed
        print("chaos: seed \(seed), \(chaosSeconds) s")
        let book = Book()
        let dice = Mutex(SeededGenerator(seed: seed))
        let isCalm = Mutex(false)
        try await FakeReceiver.withReceiver(answer: { request in
            let roll = isCalm.withLock { $0 } ? 100 : dice.withLock { Int.random(in: 0..<100, using: &$0) }
            let tenant = request.path.hasSuffix("acme") ? "acme" : "globex"
            switch roll {
            case 0..<4: return .status(500)
            case 4..<7: return .status(429, headers: ["retry-after": "1"])
            case 7..<8: return .hang
            case 8..<10: return .reset
            default:
                book.arrived(tenant, request)
                return .ok
            }
        }) { receiver in
            let deployment = try Deployment(tenants: tenantFile(receiver.url), fsync: "always")
            try await run(deployment, book: book, seed: seed) { isCalm.withLock { $0 = true } }
        }
    }

    private func run(_ deployment: Deployment, book: Book, seed: UInt64, calm: () -> Void) async throws {
        var generator = SeededGenerator(seed: seed &+ 1)
        var redis = try await deployment.startRedis()
        var ingests = [try await deployment.startIngest(), try await deployment.startIngest()]
        var workers = [try await deployment.startWorker(), try await deployment.startWorker()]
        let end = ContinuousClock.now + .seconds(chaosSeconds)
        var number = 0
        var kills = 0
        while ContinuousClock.now < end {
            let tenant = ChaosTests.tenants[number % 2]
            try await send(tenant, number, to: ingests[number % ingests.count].port, book: book)
            number += 1
            guard number % 40 == 0 else { continue }
            kills += 1
            switch Int.random(in: 0..<5, using: &generator) {
            case 0, 1:
                let index = Int.random(in: 0..<workers.count, using: &generator)
                try await workers[index].kill9()
                workers[index] = try await deployment.startWorker()
            case 2:
                let index = Int.random(in: 0..<workers.count, using: &generator)
                #expect(try await workers[index].terminate(deadline: .seconds(60)) == .exit(0))
                workers[index] = try await deployment.startWorker()
            case 3:
                let index = Int.random(in: 0..<ingests.count, using: &generator)
                try await ingests[index].process.kill9()
                ingests[index] = try await deployment.startIngest()
            default:
                try await redis.kill9()
                redis = try await deployment.startRedis()
            }
        }
        calm()
        try await eventually(
            deadline: .seconds(120), "everything accepted has arrived; missing: \(book.missing.prefix(5))"
        ) {
            book.missing.isEmpty
        }
        try await report(deployment, book, number: number, kills: kills)
        for worker in workers { try await worker.terminate(deadline: .seconds(60)) }
        for ingest in ingests { try await ingest.process.terminate(deadline: .seconds(60)) }
        try await redis.terminate()
    }

    private func report(_ deployment: Deployment, _ book: Book, number: Int, kills: Int) async throws {
        for tenant in ChaosTests.tenants {
            try await eventually(deadline: .seconds(60), "the ledger of \(tenant) balances") {
                guard let balance = try await deployment.balance(tenant) else { return false }
                return balance.isBalanced == true && balance.expectedPending == 0
            }
            let balance = try #require(try await deployment.balance(tenant))
            #expect(balance.ledger.dead == 0)
        }
        let (accepted, duplicates, violations) = book.state.withLock { state in
            (
                state.acceptedFiring.count + state.acceptedResolved.count,
                state.arrivedFiring.values.reduce(0) { $0 + $1 - 1 }
                    + state.arrivedResolved.values.reduce(0) { $0 + $1 - 1 }, state.orderViolations
            )
        }
        print(
            "chaos: \(number) posts, \(accepted) accepted, \(kills) processes killed, lost 0, "
                + "order violations \(violations.count), duplicates \(duplicates)")
        #expect(violations.isEmpty)
        #expect(accepted > 0)
    }

    /// Posts a new alert, and says of the one ten posts ago that it is over.
    private func send(_ tenant: String, _ number: Int, to port: Int, book: Book) async throws {
        let url = "http://127.0.0.1:\(port)/t/\(tenant)/api/v2/alerts"
        let id = "\(number)"
        if await HTTP.post(url, Posted.body([id]))?.status == 200 {
            book.state.withLock { _ = $0.acceptedFiring.insert(tenant + "/" + id) }
        }
        let old = "\(number - 20)"
        let isArrived = book.state.withLock { $0.arrivedFiring[tenant + "/" + old] != nil }
        // Only what was told of as firing is to be told of as resolved.
        guard isArrived else { return }
        if await HTTP.post(url, Posted.body([old], resolved: true))?.status == 200 {
            book.state.withLock { _ = $0.acceptedResolved.insert(tenant + "/" + old) }
        }
    }

    private func tenantFile(_ url: String) -> String {
        ChaosTests.tenants.map { tenant in
            """
            \(tenant):
              durability: fsync
              route: {receivers: [hook], group_by: [bench_id], group_wait: 0s, group_interval: 1s, repeat_interval: 4h}
              receivers:
                - name: hook
                  channel_type: webhook
                  max_concurrency: 8
                  retry: {initial: 100ms, maximum: 1s}
                  config: {url: "\(url)/\(tenant)", timeout: 2}
            """
        }.joined(separator: "\n")
    }
}
