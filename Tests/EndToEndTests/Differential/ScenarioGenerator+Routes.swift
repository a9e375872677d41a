import Foundation

/// Routes, receivers and inhibition rules.
extension ScenarioGenerator {
    /// Names of time intervals, all of them whole days, so that none begins or ends while the test runs.
    static func timeIntervals(now: Date) -> [JSON] {
        let days = ["sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"]
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        let today = calendar.component(.weekday, from: now) - 1
        // The days beside today belong to it: midnight may come while the test runs.
        let near = (6...8).map { days[(today + $0) % 7] }
        let far = days.filter { !near.contains($0) }
        func interval(_ name: String, _ spans: JSON...) -> JSON {
            ["name": .text(name), "time_intervals": .list(spans)]
        }
        return [
            interval("ever", ["years": ["2000:2100"], "days_of_month": ["1:-1"], "months": ["january:december"]]),
            interval("past", ["years": ["2000:2001"]]),
            interval("near", ["weekdays": .list(near.map { .text($0) })]),
            interval("far", ["weekdays": .list(far.map { .text($0) })]),
            interval("either", ["years": ["1999"]], ["times": [["start_time": "00:00", "end_time": "24:00"]]]),
        ]
    }

    mutating func makeReceiver(_ index: Int) {
        let name = Scenario.name(number) + pick(["", ".plain", "+a(b)", "-x_y", " spaced/é"]) + String(index)
        let webhooks = (0..<pick([0, 1, 1, 1, 2, 3])).map { webhook in
            var members: [String: JSON] = ["url": .text("SINK/\(Scenario.name(number))/\(index)/\(webhook)")]
            if chance(50) { members["send_resolved"] = .flag(chance(40)) }
            if chance(30) { members["max_alerts"] = .number(roll(0...3)) }
            return JSON.object(members)
        }
        receivers.append(["name": .text(name), "webhook_configs": .list(webhooks)])
    }

    mutating func rootRoute(repeats: Bool) -> JSON {
        var members: [String: JSON] = [
            "matchers": [.text("scenario=\"\(Scenario.name(number))\"")], "receiver": receiverName(0),
            "repeat_interval": repeats ? .text("\(pick([1, 2, 3]))s500ms") : "1h",
        ]
        addTimes(to: &members, always: true)
        addGrouping(to: &members)
        addIntervals(to: &members)
        addRoutes(to: &members, depth: 1)
        return .object(members)
    }

    private mutating func childRoute(depth: Int) -> JSON {
        var members = conditions()
        if chance(60) { members["receiver"] = receiverName(roll(0...receivers.count - 1)) }
        addTimes(to: &members, always: false)
        addGrouping(to: &members)
        addIntervals(to: &members)
        if chance(50) { members["continue"] = .flag(chance(80)) }
        addRoutes(to: &members, depth: depth + 1)
        return .object(members)
    }

    private func receiverName(_ index: Int) -> JSON {
        guard case .object(let members) = receivers[index], let name = members["name"] else { return "" }
        return name
    }

    private mutating func addRoutes(to members: inout [String: JSON], depth: Int) {
        guard depth <= 3, chance(depth == 1 ? 75 : 40) else { return }
        var routes: [JSON] = []
        for _ in 0..<roll(1...3) {
            let route = childRoute(depth: depth)
            // Of two routes with the same group key and receiver, Alertmanager tells of one: see the list of differences.
            if !routes.contains(where: { isTwin($0, route) }) { routes.append(route) }
        }
        members["routes"] = .list(routes)
    }

    private func isTwin(_ left: JSON, _ right: JSON) -> Bool {
        guard case .object(let left) = left, case .object(let right) = right else { return false }
        return ["matchers", "match", "match_re"].allSatisfy { left[$0]?.text == right[$0]?.text }
    }

    private mutating func addTimes(to members: inout [String: JSON], always: Bool) {
        let waits = rhythm == .ordered ? ["500ms", "1500ms", "2s500ms"] : ["500ms", "1500ms"]
        let intervals = rhythm == .ordered ? ["1s", "2s", "3s"] : ["1s", "2s"]
        if always || chance(30) { members["group_wait"] = rhythm == .aligned ? "500ms" : .text(pick(waits)) }
        if always || chance(30) { members["group_interval"] = rhythm == .aligned ? "1s" : .text(pick(intervals)) }
    }

    private mutating func addGrouping(to members: inout [String: JSON]) {
        guard chance(60) else { return }
        members["group_by"] = pick([
            ["..."], [], ["alertname"], ["alertname", "team"], ["unheard"], ["note", "severity"], ["instance"],
        ])
    }

    private mutating func addIntervals(to members: inout [String: JSON]) {
        let names: [JSON] = ["ever", "past", "past", "near", "far", "far", "either"]
        if chance(8) { members["mute_time_intervals"] = .list(some(names, roll(1...2))) }
        if chance(8) { members["active_time_intervals"] = .list(some(names, roll(1...2))) }
    }

    /// One or two conditions, in one of the ways of writing them.
    private mutating func conditions() -> [String: JSON] {
        let conditions = (0..<roll(1...2)).map { _ in condition() }
        guard chance(30) else { return ["matchers": .list(conditions.map { matcher($0) })] }
        // The old style knows no negation.
        var members: [String: JSON] = [:]
        let plain = conditions.filter { !$0.comparison.hasSuffix("~") }
        let patterns = conditions.filter { $0.comparison.hasSuffix("~") }
        if !plain.isEmpty { members["match"] = map(plain) }
        if !patterns.isEmpty { members["match_re"] = map(patterns) }
        return members
    }

    private func map(_ conditions: [(name: String, comparison: String, value: String)]) -> JSON {
        .object(Dictionary(conditions.map { ($0.name, .text($0.value)) }) { $1 })
    }

    private mutating func matcher(_ condition: (name: String, comparison: String, value: String)) -> JSON {
        let (name, comparison, value) = condition
        let isPlain = !value.isEmpty && value.utf8.allSatisfy { (0x61...0x7A).contains($0 | 0x20) }
        if isPlain, chance(30) { return .text("\(name) \(comparison) \(value)") }
        let quoted = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        return .text("\(name)\(comparison)\"\(quoted)\"")
    }

    /// A rule of this scenario alone: both sides ask for its label.
    mutating func inhibitRule() -> JSON {
        var members: [String: JSON] = [:]
        let own = Scenario.name(number)
        for side in ["source", "target"] {
            if chance(30) {
                members["\(side)_match"] = ["scenario": .text(own), "severity": .text(pick(["critical", "warning"]))]
                if chance(40) { members["\(side)_match_re"] = ["alertname": .text(pick(["Disk|Cpu", ".*", "N.*"]))] }
            } else {
                let severity =
                    side == "source"
                    ? pick(["severity=\"critical\"", "alertname=Disk", "severity=~\".+\""])
                    : pick(["severity=~\"warning|info\"", "severity!=\"critical\"", "alertname!=Disk"])
                members["\(side)_matchers"] = [.text("scenario=\"\(own)\""), .text(severity)]
                if chance(25) { members["\(side)_matchers"] = [.text("scenario=\"\(own)\""), matcher(condition())] }
            }
        }
        if chance(80) {
            let equals: [JSON] = [["alertname"], ["instance"], ["team"], ["unheard"], ["team", "job"]]
            members["equal"] = pick(equals)
        }
        return .object(members)
    }
}
