import Foundation
import Testing
import TocsinTesting

private let environment = ProcessInfo.processInfo.environment
private let scenarioCount = Int(environment["TOCSIN_DIFFERENTIAL_COUNT"] ?? "") ?? 72

/// A real Alertmanager and `tocsin alertmanager` beside each other, with the same file, the same alerts and silences at
/// the same moments.
///
/// Both must deliver the same to each webhook for each group, in the same order. Only the times that a server fills in by
/// itself may differ.
///
/// `TOCSIN_DIFFERENTIAL_COUNT` (default 72) and `TOCSIN_DIFFERENTIAL_SEED` set how many scenarios there are and which;
/// `scripts/differential` sets both, the seed by the clock. Where Tocsin differs on purpose, the generator keeps away:
///
/// | Where | Alertmanager 0.25 | Tocsin | Why |
/// |---|---|---|---|
/// | times of an alert with parts of a millisecond | kept | cut | its own API has milliseconds |
/// | headers | `User-Agent: Alertmanager/...` | its own, `Idempotency-Key`, `webhook-id` | one can tell a repetition |
/// | an annotation without a value | sent | left out | says nothing |
/// | an alert with an end to come and no start | starts when it ends | starts now | it fires now |
/// | an end that was sent, then two posts without one | forgotten at the second post | counts if it is the later end | as at the first post |
/// | an alert that is over and told | kept for 30 min, and merged with what comes within its time | forgotten | it is over |
/// | two routes below one parent with the same matchers and receiver | one of them tells | both tell | nothing is lost |
/// | an alert comes into a group in which all is over | waits for the next tick or, after a cleaning every 30 s, for `group_wait` | waits for `group_wait` | does not depend on chance |
@Suite("Beside a real Alertmanager", .serialized, .timeLimit(.minutes(8 + scenarioCount / 60)))
struct DifferentialTests {
    static let seed = UInt64(environment["TOCSIN_DIFFERENTIAL_SEED"] ?? "") ?? 1_795_570_567
    static let isInstalled = FileManager.default.isExecutableFile(atPath: PeerServers.alertmanager)
    /// How many scenarios one pair of servers plays at once.
    static let perRound = 40

    @Test(
        "delivers the same notifications in the same order",
        .enabled(if: isInstalled, "the Debian package prometheus-alertmanager is not installed"))
    func sameNotifications() async throws {
        let seed = DifferentialTests.seed
        print("differential: seed \(seed), \(scenarioCount) scenarios")
        var notifications = 0
        var again: [Int: [String]] = [:]
        let step = DifferentialTests.perRound * DifferentialRound.Setting.all.count
        for first in stride(from: 0, to: scenarioCount, by: step) {
            let last = min(first + step, scenarioCount)
            let outcome = try await play(Array(first..<last), seed: seed)
            notifications += outcome.notifications
            again.merge(outcome.differences) { $1 }
        }
        // On a machine that stands still for half a second the servers see another order of things. What differs for
        // another reason differs again.
        var differences = again
        for _ in 0..<5 where !differences.isEmpty {
            print("differential: scenarios \(differences.keys.sorted()) differ and are played again")
            if environment["TOCSIN_DIFFERENTIAL_VERBOSE"] != nil { print(text(of: differences, seed: seed)) }
            differences = try await play(differences.keys.sorted(), seed: seed).differences
        }
        #expect(differences.isEmpty, "\(text(of: differences, seed: seed))")
        #expect(notifications > scenarioCount, "there is something to compare")
        print(
            "differential: \(scenarioCount) scenarios, \(notifications) notifications, \(differences.count) differences"
        )
    }

    /// Plays scenarios, in one pair of servers for each setting.
    private func play(_ numbers: [Int], seed: UInt64) async throws -> DifferentialRound.Outcome {
        let settings = DifferentialRound.Setting.all
        let rounds = settings.indices.map { index in
            let scenarios = numbers.filter { $0 % settings.count == index }.map {
                DifferentialTests.scenario($0, seed: seed)
            }
            return DifferentialRound(setting: settings[index], scenarios: scenarios)
        }
        return try await withThrowingTaskGroup(of: DifferentialRound.Outcome.self) { group in
            for round in rounds where !round.scenarios.isEmpty { group.addTask { try await round.play() } }
            var sum = DifferentialRound.Outcome()
            for try await outcome in group {
                sum.notifications += outcome.notifications
                sum.differences.merge(outcome.differences) { $1 }
                sum.lateness = max(sum.lateness, outcome.lateness)
            }
            print("differential: the latest step was \(sum.lateness) ms late")
            return sum
        }
    }

    private static func scenario(_ number: Int, seed: UInt64) -> Scenario {
        let setting = DifferentialRound.Setting.all[number % DifferentialRound.Setting.all.count]
        var generator = ScenarioGenerator(seed: seed, number: number, resolveTimeout: setting.resolveTimeout)
        return generator.scenario()
    }

    private func text(of differences: [Int: [String]], seed: UInt64) -> String {
        differences.sorted { $0.key < $1.key }.map { number, texts in
            let scenario = DifferentialTests.scenario(number, seed: seed)
            return "seed \(seed), \(scenario.description)\n\(texts.joined(separator: "\n"))"
        }.joined(separator: "\n\n")
    }
}
