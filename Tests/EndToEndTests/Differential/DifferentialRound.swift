import Foundation
import TocsinTesting

/// Scenarios that are played in one pair of servers at the same time.
struct DifferentialRound: Sendable {
    /// What the whole file says.
    struct Setting: Sendable {
        let resolveTimeout: Int
        let groupBy: [JSON]?

        static let all = [
            Setting(resolveTimeout: 3250, groupBy: nil), Setting(resolveTimeout: 3_600_000, groupBy: ["..."]),
            Setting(resolveTimeout: 5250, groupBy: ["alertname", "team"]),
        ]
    }

    struct Outcome: Sendable {
        var notifications = 0
        /// By the scenario's number.
        var differences: [Int: [String]] = [:]
        /// By how much the latest step was late, in milliseconds.
        var lateness = 0
    }

    /// Within how many milliseconds the scenarios start.
    private static let spread = 3000

    let setting: Setting
    let scenarios: [Scenario]

    /// The file for both servers.
    var configuration: String {
        var global: [String: JSON] = [:]
        if setting.resolveTimeout < 3_600_000 { global["resolve_timeout"] = .text("\(setting.resolveTimeout)ms") }
        if setting.resolveTimeout == 3_600_000 { global["resolve_timeout"] = "1h" }
        var route: [String: JSON] = ["receiver": "nobody", "routes": .list(scenarios.map(\.route))]
        if let groupBy = setting.groupBy { route["group_by"] = .list(groupBy) }
        let file: JSON = [
            "global": .object(global), "route": .object(route),
            "receivers": .list([["name": "nobody"]] + scenarios.flatMap(\.receivers)),
            "inhibit_rules": .list(scenarios.flatMap(\.inhibitRules)),
            "time_intervals": .list(ScenarioGenerator.timeIntervals(now: Date())),
        ]
        return file.text
    }

    /// Plays all scenarios and compares what was delivered.
    func play() async throws -> Outcome {
        try await PeerServers.withServers(configuration: configuration) { servers in
            let base = ContinuousClock.now + .milliseconds(500)
            let baseTime = Int(Date().timeIntervalSince1970 * 1000) + 500
            var times: [String: Set<Int>] = [:]
            var players: [ScenarioPlayer] = []
            for (index, scenario) in scenarios.enumerated() {
                // Not all at once, and not in step with each other.
                let offset = index * DifferentialRound.spread / scenarios.count
                times[scenario.name] = scenario.explicitTimes(start: baseTime + offset)
                players.append(
                    ScenarioPlayer(
                        scenario: scenario, servers: servers, start: base + .milliseconds(offset),
                        startTime: baseTime + offset))
            }
            var result = await DifferentialRound.play(players)
            try await waitForEnd(servers, base)
            let first = DeliveredNotifications(servers.alertmanager.sink.requests, explicitTimes: times)
            let second = DeliveredNotifications(servers.tocsin.sink.requests, explicitTimes: times)
            result.notifications = servers.alertmanager.sink.requests.count
            let found = DeliveredNotifications.differences(first, second)
            for scenario in scenarios {
                result.differences[scenario.number, default: []] += found[scenario.name] ?? []
            }
            result.differences = result.differences.filter { !$0.value.isEmpty }
            return result
        }
    }

    private static func play(_ players: [ScenarioPlayer]) async -> Outcome {
        await withTaskGroup(of: ScenarioPlayer.self) { group in
            for player in players {
                group.addTask {
                    var player = player
                    await player.play()
                    return player
                }
            }
            var outcome = Outcome()
            for await player in group {
                outcome.lateness = max(outcome.lateness, player.lateness)
                outcome.differences[player.scenario.number] = player.differences
            }
            return outcome
        }
    }

    /// Waits past the last tick that may have something to say, and then a little for a server that is behind.
    private func waitForEnd(_ servers: PeerServers, _ base: ContinuousClock.Instant) async throws {
        let end = DifferentialRound.spread + ScenarioGenerator.length + ScenarioGenerator.longestAlert + 4500
        try await Task.sleep(until: base + .milliseconds(end), clock: .continuous)
        try? await eventually(deadline: .seconds(5), "both have delivered as much") {
            servers.alertmanager.sink.requests.count == servers.tocsin.sink.requests.count
        }
    }
}
