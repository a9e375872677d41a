import Foundation
import Testing
import TocsinTesting

/// A node dies at a point that it passes, is started again, and nothing is lost.
///
/// The points are found by a run in which nothing dies. Here a sample of them is taken, from `TOCSIN_CRASH_SEED`;
/// `scripts/crash-points` takes all. Only debug builds have such points.
@Suite("Dying anywhere", .timeLimit(.minutes(30)))
struct CrashPointTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let seed = UInt64(environment["TOCSIN_CRASH_SEED"] ?? "") ?? UInt64(Date().timeIntervalSince1970)
    private static let sample = environment["TOCSIN_CRASH_SAMPLE"] == "all" ? Int.max : 16
    /// How many nodes are dying at the same time; mostly they wait.
    private static let atOnce = 4
    private static let ids = (0..<5).map { "id-\($0)" }

    /// Where to die.
    private struct Place: Hashable, Sendable {
        let point: String
        let passing: Int
    }

    /// What a run has seen.
    private struct Ledger: Sendable {
        var hasDied = false
        /// Every passing of a point before the death, in order.
        var passings: [String] = []
        /// Alerts that were accepted and never arrived.
        var lost: [String] = []
        /// How often alerts arrived again.
        var duplicates = 0

        /// Attempts of which the dead process had not yet written down the end.
        var unclear: Int {
            passings.count { $0 == "delivery.send.before" } - passings.count { $0 == "redis.settle.after" }
        }
    }

    @Test("whatever a node was about to do or had just done: nothing is lost, and only unclear attempts are repeated")
    func everywhere() async throws {
        let reference = try await run(nil)
        #expect(reference.lost.isEmpty && reference.duplicates == 0 && !reference.hasDied)
        let counts = Dictionary(reference.passings.map { ($0, 1) }, uniquingKeysWith: +)
        for part in ["redis.accept", "redis.turn", "redis.commit", "redis.claim", "redis.settle", "redis.beat"] {
            #expect(counts[part + ".before"] != nil && counts[part + ".after"] != nil, "\(part) is passed")
        }
        for point in ["delivery.send.before", "delivery.send.after", "http.answer.before", "http.answer.after"] {
            #expect(counts[point] != nil, "\(point) is passed")
        }
        var generator = SeededGenerator(seed: Self.seed)
        let places = Self.places(counts, using: &generator)
        print("crash points: seed \(Self.seed), \(counts.count) points, \(places.count) places to die")
        let deaths = try await withThrowingTaskGroup(of: Bool.self) { group in
            var (rest, deaths) = (places[...], 0)
            for place in rest.prefix(Self.atOnce) { group.addTask { try await self.check(place) } }
            rest = rest.dropFirst(Self.atOnce)
            while let hasDied = try await group.next() {
                if hasDied { deaths += 1 }
                if let place = rest.popFirst() { group.addTask { try await self.check(place) } }
            }
            return deaths
        }
        print("crash points: \(deaths) deaths, nothing lost")
        #expect(deaths > places.count / 2, "most points that a run passes are passed by the next one too")
    }

    /// The first passing of each point and a later one, or some of these.
    private static func places(_ counts: [String: Int], using generator: inout SeededGenerator) -> [Place] {
        var places: [Place] = []
        for (point, count) in counts.sorted(by: { $0.key < $1.key }) {
            places.append(Place(point: point, passing: 1))
            if count > 1 { places.append(Place(point: point, passing: .random(in: 2...count, using: &generator))) }
        }
        guard places.count > sample else { return places }
        return Array(places.shuffled(using: &generator).prefix(sample))
    }

    /// - Returns: Whether the node has died there; a later passing may not come in every run.
    private func check(_ place: Place) async throws -> Bool {
        let ledger = try await run(place)
        #expect(ledger.lost.isEmpty, "dying at \(place) loses \(ledger.lost)")
        #expect(
            ledger.duplicates <= max(0, ledger.unclear),
            "dying at \(place) repeats \(ledger.duplicates), with \(ledger.unclear) attempts unclear")
        return ledger.hasDied
    }

    /// Posts alerts until they are accepted, starts the node again when it has died, and waits until all is delivered.
    private func run(_ place: Place?) async throws -> Ledger {
        try await FakeReceiver.withReceiver { receiver in
            // The first attempt fails, so that there is a retry too.
            receiver.answer { request in request.order == 0 ? .status(500) : .ok }
            let deployment = try Deployment(tenants: Self.tenants(receiver.url), server: "shards: 4\n")
            let redis = try await deployment.startRedis()
            let (port, points) = (try FreePort.find(), deployment.directory.file("points"))
            let arguments = ["--listen", "127.0.0.1:\(port)"]
            var environment = ["TOCSIN_CRASH_POINTS": points]
            if let place { environment["TOCSIN_CRASH_AT"] = "\(place.point):\(place.passing)" }
            let mortal = try deployment.start("serve", arguments, environment: environment)
            var second: ChildProcess?
            func revive() throws {
                if !mortal.isRunning, second == nil { second = try deployment.start("serve", arguments) }
            }
            for id in Self.ids {
                let body = Posted.body([id])
                try await eventually(deadline: .seconds(60), "\(id) is accepted:\n\(mortal.transcript)") {
                    try revive()
                    return await HTTP.post("http://127.0.0.1:\(port)/t/acme/api/v2/alerts", body)?.status == 200
                }
            }
            try await eventually(deadline: .seconds(60), "all is delivered; place \(place as Any)") {
                try revive()
                guard Self.arrivals(receiver).count == Self.ids.count else { return false }
                guard let balance = try await deployment.balance("acme") else { return false }
                return balance.expectedPending == 0 && balance.isBalanced == true
            }
            if mortal.isRunning { try await mortal.terminate() }
            if let second { #expect(try await second.terminate() == .exit(0)) }
            redis.signal(SIGKILL)
            return Self.ledger(receiver, mortal, points: try deployment.directory.read("points"))
        }
    }

    private static func ledger(_ receiver: FakeReceiver, _ mortal: ChildProcess, points: String) -> Ledger {
        let arrivals = arrivals(receiver)
        return Ledger(
            hasDied: mortal.ending == .exit(137), passings: points.split(separator: "\n").map(String.init),
            lost: ids.filter { arrivals[$0] == nil }, duplicates: arrivals.values.reduce(0) { $0 + $1 - 1 })
    }

    /// How often each alert has come in a request that was answered with success.
    private static func arrivals(_ receiver: FakeReceiver) -> [String: Int] {
        Posted.counts(receiver.requests.filter { $0.order > 0 })
    }

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
}
