import Foundation

/// A part of a configuration with alerts of its own, and what happens to them.
///
/// All times are in milliseconds after the scenario's start.
struct Scenario: Sendable {
    /// An alert as it is posted.
    struct PostedAlert: Sendable {
        var labels: [String: String]
        var annotations: [String: String] = [:]
        var generatorURL: String?
        var startsAt: Int?
        var endsAt: Int?
    }

    /// A silence as it is posted.
    struct PostedSilence: Sendable {
        let matchers: JSON
        let startsAt: Int
        let endsAt: Int
    }

    enum Action: Sendable {
        case post([PostedAlert])
        case silence(PostedSilence)
        /// Ends the silence with this index among those of the scenario.
        case expire(Int)
    }

    struct Step: Sendable {
        let at: Int
        let action: Action
    }

    let number: Int
    /// How it was made, for whoever reads of a difference.
    let story: String
    let route: JSON
    /// Its receivers; `SINK` stands for the address of the receiver.
    let receivers: [JSON]
    let inhibitRules: [JSON]
    let steps: [Step]

    /// Its name, which is the value of the label that keeps it apart, and the first part of its receivers' paths.
    var name: String { Scenario.name(number) }

    static func name(_ number: Int) -> String { "s\(number)" }

    /// Its configuration and its steps, enough to play them by hand.
    var description: String {
        let steps = steps.map { step in
            switch step.action {
            case .post(let alerts): "\(step.at) ms: alerts \(Scenario.body(alerts, start: 0).text)"
            case .silence(let silence): "\(step.at) ms: silence \(Scenario.body(silence, start: 0).text)"
            case .expire(let index): "\(step.at) ms: expire silence \(index)"
            }
        }
        return """
            scenario \(name) (\(story))
            route: \(route.text)
            receivers: \(JSON.list(receivers).text)
            inhibit_rules: \(JSON.list(inhibitRules).text)
            \(steps.joined(separator: "\n"))
            """
    }

    /// The times that were sent, as Alertmanager writes them.
    func explicitTimes(start: Int) -> Set<Int> {
        var times: Set<Int> = []
        for case .post(let alerts) in steps.map(\.action) {
            for time in alerts.flatMap({ [$0.startsAt, $0.endsAt] }) {
                if let time { times.insert(start + time) }
            }
        }
        return times
    }

    static func body(_ alerts: [PostedAlert], start: Int) -> JSON {
        .list(
            alerts.map { alert in
                var members: [String: JSON] = [
                    "labels": .object(alert.labels.mapValues { .text($0) }),
                    "annotations": .object(alert.annotations.mapValues { .text($0) }),
                ]
                if let url = alert.generatorURL { members["generatorURL"] = .text(url) }
                if let time = alert.startsAt { members["startsAt"] = .text(timeText(start + time)) }
                if let time = alert.endsAt { members["endsAt"] = .text(timeText(start + time)) }
                return .object(members)
            })
    }

    static func body(_ silence: PostedSilence, start: Int) -> JSON {
        [
            "matchers": silence.matchers, "startsAt": .text(timeText(start + silence.startsAt)),
            "endsAt": .text(timeText(start + silence.endsAt)), "createdBy": "differential", "comment": "c",
        ]
    }

    /// RFC 3339 with milliseconds; computed with whole numbers, because `Date` rounds.
    static func timeText(_ milliseconds: Int) -> String {
        let (seconds, rest) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        let digits = String(1000 + rest).dropFirst()
        let date = Date(timeIntervalSince1970: Double(seconds)).formatted(.iso8601)
        return date.dropLast() + "." + digits + "Z"
    }
}
