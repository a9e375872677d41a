import Foundation
import Synchronization
import Testing
import TocsinTesting

/// The processes to which things happen.
protocol ChaosStage: Sendable {
    var deployment: Deployment { get }
    /// Where alerts are posted.
    var ports: [Int] { get }
    /// Ends all of them.
    func end() async throws
}

/// What goes wrong on a stage.
protocol ChaosFault: CaseIterable, Hashable, Sendable, RawRepresentable<String> {
    associatedtype Stage: ChaosStage
    /// How long it lasts; `zero` for what happens at once.
    func duration(_ generator: inout SeededGenerator) -> Duration
    func begin(_ stage: Stage, _ generator: inout SeededGenerator, _ duration: Duration) async throws
    /// Ends, whatever it was.
    func end(_ stage: Stage) async throws
}

/// Load while one thing after another goes wrong and the receiver misbehaves, all from one seed.
struct ChaosCourse<Fault: ChaosFault>: Sendable {
    static var tenants: [String] { ["acme", "globex"] }

    let seed: UInt64
    let seconds: Int
    /// What an answer to a sender waits for.
    let durability: String
    /// Whether a resolved alert must never be followed by its firing one: not where a failover forgets what was delivered.
    let keepsOrder: Bool

    /// Runs the course and checks what it must leave behind.
    ///
    /// - Parameter make: Makes the stage, for receivers that are told in this file.
    func run(_ make: @Sendable (String) async throws -> Fault.Stage) async throws {
        print("chaos: seed \(seed), \(seconds) s")
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
            let stage = try await make(tenantFile(receiver.url))
            try await play(stage, book) { isCalm.withLock { $0 = true } }
            try await stage.end()
        }
    }

    private func play(_ stage: Fault.Stage, _ book: ChaosBook, calm: () -> Void) async throws {
        var generator = SeededGenerator(seed: seed &+ 1)
        let end = ContinuousClock.now + .seconds(seconds)
        var number = 0
        var faults: [Fault: Int] = [:]
        while ContinuousClock.now < end {
            // Each course begins with another fault, and none is left out for long.
            for fault in Array(Fault.allCases).shuffled(using: &generator) where ContinuousClock.now < end {
                faults[fault, default: 0] += 1
                let duration = fault.duration(&generator)
                try await fault.begin(stage, &generator, duration)
                // Ends in time whatever becomes of what is sent meanwhile.
                async let ending: Void = finish(fault, of: stage, after: duration)
                let over = ContinuousClock.now + duration
                repeat {
                    await send(number, to: stage, book: book)
                    number += 1
                } while ContinuousClock.now < over
                try await ending
                let accepted = book.accepted
                try await eventually(deadline: .seconds(60), "alerts are taken again after: \(fault.rawValue)") {
                    await send(number, to: stage, book: book)
                    number += 1
                    return book.accepted > accepted
                }
                for _ in 0..<30 {
                    await send(number, to: stage, book: book)
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
        try await report(stage.deployment, book, number: number, faults: faults)
    }

    private func finish(_ fault: Fault, of stage: Fault.Stage, after duration: Duration) async throws {
        try await Task.sleep(for: duration)
        try await fault.end(stage)
    }

    private func report(
        _ deployment: Deployment, _ book: ChaosBook, number: Int, faults: [Fault: Int]
    ) async throws {
        for tenant in Self.tenants {
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
        if keepsOrder { #expect(violations.isEmpty) }
        #expect(accepted > 0)
    }

    /// Posts a new alert, and says of the one ten posts ago that it is over.
    private func send(_ number: Int, to stage: Fault.Stage, book: ChaosBook) async {
        let tenant = Self.tenants[number % 2]
        let ports = stage.ports
        let url = "http://127.0.0.1:\(ports[number % ports.count])/t/\(tenant)/api/v2/alerts"
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
        Self.tenants.map { tenant in
            """
            \(tenant):
              durability: \(durability)
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
