import Foundation
import Synchronization
import Testing
import TocsinTesting

private let chaosSeconds = Int(ProcessInfo.processInfo.environment["TOCSIN_CHAOS_SECONDS"] ?? "") ?? 60
private let chaosSeeds = Int(ProcessInfo.processInfo.environment["TOCSIN_CHAOS_SEEDS"] ?? "") ?? 1

/// Load while one thing after another goes wrong and the receiver misbehaves, all from one seed.
///
/// What was accepted must arrive.
///
/// `TOCSIN_CHAOS_SECONDS` (default 60), `TOCSIN_CHAOS_SEED` and `TOCSIN_CHAOS_SEEDS` (default 1) set the length of a run, the
/// course of the first and how many there are; `scripts/chaos` sets them.
@Suite("Chaos", .serialized, .timeLimit(.minutes(10 + chaosSeconds / 60)))
struct ChaosTests {
    static let first =
        UInt64(ProcessInfo.processInfo.environment["TOCSIN_CHAOS_SEED"] ?? "") ?? UInt64(Date().timeIntervalSince1970)
    static let tenants = ["acme", "globex"]

    @Test(
        "nothing accepted is lost, nothing is out of order, the ledgers balance",
        arguments: (0..<chaosSeeds).map { first &+ UInt64($0) })
    func chaos(seed: UInt64) async throws {
        print("chaos: seed \(seed), \(chaosSeconds) s")
        let book = ChaosBook()
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

    private func run(_ deployment: Deployment, book: ChaosBook, seed: UInt64, calm: () -> Void) async throws {
        var generator = SeededGenerator(seed: seed &+ 1)
        let cast = try await ChaosCast(deployment)
        let end = ContinuousClock.now + .seconds(chaosSeconds)
        var number = 0
        var faults: [Fault: Int] = [:]
        while ContinuousClock.now < end {
            // Each course begins with another fault, and none is left out for long.
            for fault in Fault.allCases.shuffled(using: &generator) where ContinuousClock.now < end {
                faults[fault, default: 0] += 1
                let duration = fault.duration(&generator)
                try await fault.begin(cast, &generator, duration)
                // Ends in time whatever becomes of what is sent meanwhile.
                async let ending: Void = finish(fault, of: cast, after: duration)
                let over = ContinuousClock.now + duration
                repeat {
                    try await send(number, to: cast, book: book)
                    number += 1
                } while ContinuousClock.now < over
                try await ending
                for _ in 0..<30 {
                    try await send(number, to: cast, book: book)
                    number += 1
                }
            }
        }
        calm()
        let calmAt = ContinuousClock.now
        try await eventually(
            deadline: .seconds(180), "everything accepted has arrived; missing: \(book.missing.prefix(5))"
        ) {
            book.missing.isEmpty
        }
        print("chaos: all had arrived \(ContinuousClock.now - calmAt) after the last fault")
        try await report(deployment, book, number: number, faults: faults)
        try await cast.end()
    }

    private func finish(_ fault: Fault, of cast: ChaosCast, after duration: Duration) async throws {
        try await Task.sleep(for: duration)
        try await fault.end(cast)
    }

    private func report(
        _ deployment: Deployment, _ book: ChaosBook, number: Int, faults: [Fault: Int]
    ) async throws {
        for tenant in ChaosTests.tenants {
            try await eventually(deadline: .seconds(60), "the ledger of \(tenant) balances") {
                guard let balance = try await deployment.balance(tenant) else { return false }
                return balance.isBalanced == true && balance.expectedPending == 0
            }
            let balance = try #require(try await deployment.balance(tenant))
            #expect(balance.ledger.dead == 0)
        }
        for (fault, count) in faults.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            print("chaos: \(count) × \(fault.rawValue)")
        }
        let (accepted, violations) = (book.accepted, book.orderViolations)
        print(
            "chaos: \(number) posts, \(accepted) accepted, \(faults.values.reduce(0, +)) faults, lost 0, "
                + "order violations \(violations.count), duplicates \(book.duplicates)")
        #expect(violations.isEmpty)
        #expect(accepted > 0)
    }

    /// Posts a new alert, and says of the one ten posts ago that it is over.
    private func send(_ number: Int, to cast: ChaosCast, book: ChaosBook) async throws {
        let tenant = ChaosTests.tenants[number % 2]
        let port = cast.ingests[number % cast.ingests.count].port
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
