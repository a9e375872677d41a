import Foundation

/// Does to both servers what a scenario says.
struct ScenarioPlayer: Sendable {
    let scenario: Scenario
    let servers: PeerServers
    let start: ContinuousClock.Instant
    /// Milliseconds since 1970 at ``start``.
    let startTime: Int
    private(set) var differences: [String] = []
    private(set) var lateness = 0
    private var silences: [(alertmanager: String, tocsin: String)] = []

    init(scenario: Scenario, servers: PeerServers, start: ContinuousClock.Instant, startTime: Int) {
        self.scenario = scenario
        self.servers = servers
        self.start = start
        self.startTime = startTime
    }

    mutating func play() async {
        for step in scenario.steps {
            let planned = start + .milliseconds(step.at)
            try? await Task.sleep(until: planned, tolerance: .zero, clock: .continuous)
            await play(step)
            let (seconds, attoseconds) = (ContinuousClock.now - planned).components
            lateness = max(lateness, Int(seconds) * 1000 + Int(attoseconds / 1_000_000_000_000_000))
        }
    }

    private mutating func play(_ step: Scenario.Step) async {
        switch step.action {
        case .post(let alerts):
            let body = Scenario.body(alerts, start: startTime).text
            let answers = await servers.both { await $0.send("POST", "/alerts", body) }
            compare(answers, step)
        case .silence(let silence):
            let body = Scenario.body(silence, start: startTime).text
            let answers = await servers.both { await $0.send("POST", "/silences", body) }
            compare(answers, step)
            silences.append((id(answers.alertmanager?.body), id(answers.tocsin?.body)))
        case .expire(let index):
            let ids = silences[index]
            let answers = await servers.both { peer in
                await peer.send("DELETE", "/silence/\(peer.name == "Tocsin" ? ids.tocsin : ids.alertmanager)")
            }
            compare(answers, step)
        }
    }

    private mutating func compare(
        _ answers: (alertmanager: (status: Int, body: String)?, tocsin: (status: Int, body: String)?),
        _ step: Scenario.Step
    ) {
        guard answers.alertmanager?.status != answers.tocsin?.status || answers.tocsin == nil else { return }
        differences.append(
            "at \(step.at) ms Alertmanager answered \(answers.alertmanager.map { "\($0)" } ?? "nothing"), "
                + "Tocsin \(answers.tocsin.map { "\($0)" } ?? "nothing")")
    }

    private func id(_ body: String?) -> String {
        struct Answer: Decodable { let silenceID: String }
        return (try? JSONDecoder().decode(Answer.self, from: Data((body ?? "").utf8)))?.silenceID ?? "none"
    }
}
