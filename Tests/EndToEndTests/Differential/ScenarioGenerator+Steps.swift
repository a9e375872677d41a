/// What happens, and when.
extension ScenarioGenerator {
    /// How long after a scenario's start things may happen, in milliseconds.
    static let length = 10_000
    /// How long an alert fires at most if it ends by itself while the test looks, in milliseconds.
    static let longestAlert = 6000

    private struct Knowledge {
        /// Until when an alert fires at least, by its number.
        var firesUntil: [Int: Int] = [:]
        /// The start that was sent with an alert, if there was one.
        var start: [Int: Int] = [:]
        var firstPost: [Int: Int] = [:]
        /// Until when, for all that was posted, no alert ends.
        var nothingEndsBefore = Int.max
        /// Alerts of which an end was sent once.
        var hasEnd: Set<Int> = []
        var silences = 0
        var revision = 0
    }

    /// Times at which something may happen.
    private var grid: Int { rhythm == .spaced ? 3000 : 1000 }

    mutating func steps(endsAll: Bool) -> [Scenario.Step] {
        var steps: [Scenario.Step] = []
        var known = Knowledge()
        var time = 0
        if chance(15) {
            steps.append(pastAlert(&known))
            time = grid
        }
        while time < ScenarioGenerator.length - grid {
            if known.firstPost.isEmpty || rhythm == .spaced || chance(60) {
                steps += actions(at: time, &known).map { .init(at: time, action: $0) }
            }
            time += grid
        }
        if endsAll || chance(50) {
            // Behind everything that may have been sent as an end.
            let all = known.firstPost.keys.sorted().map { Scenario.PostedAlert(labels: pool[$0], endsAt: time) }
            if !all.isEmpty { steps.append(.init(at: time, action: .post(all))) }
        }
        return steps
    }

    /// An alert that has fired for so long that its new groups are flushed at once.
    ///
    /// It is alone, and comes at half past a second, where all other ticks of its groups will be.
    private mutating func pastAlert(_ known: inout Knowledge) -> Scenario.Step {
        let index = roll(0...pool.count - 1)
        var alert = described(index, &known)
        alert.startsAt = -60_000
        known.start[index] = -60_000
        known.firstPost[index] = 500
        var end = 500 + resolveTimeout
        // The timeout would end it at half past a second, on a tick.
        if resolveTimeout < ScenarioGenerator.length || chance(40) {
            end = rhythm == .spaced ? pick([6000, 9000]) : roll(4...7) * 1000
            alert.endsAt = end
            known.hasEnd.insert(index)
        }
        known.firesUntil[index] = end
        known.nothingEndsBefore = end
        return .init(at: 500, action: .post([alert]))
    }

    private mutating func actions(at time: Int, _ known: inout Knowledge) -> [Scenario.Action] {
        var actions: [Scenario.Action] = []
        if mutes, chance(25) {
            actions.append(.silence(silence(at: time)))
            known.silences += 1
        } else if known.silences > 0, chance(25) {
            actions.append(.expire(roll(0...known.silences - 1)))
        }
        if rhythm == .spaced, !actions.isEmpty { return actions }
        let indices = some(Array(pool.indices), roll(1...min(3, pool.count)))
        var alerts = indices.compactMap { posted($0, at: time, &known) }
        if !alerts.isEmpty, chance(5) { alerts.append(Scenario.PostedAlert(labels: ["scenario": ""])) }
        if !alerts.isEmpty { actions.append(.post(alerts)) }
        return actions
    }

    private mutating func posted(_ index: Int, at time: Int, _ known: inout Knowledge) -> Scenario.PostedAlert? {
        let isFiring = (known.firesUntil[index] ?? 0) > time
        let isPosted = known.firstPost[index] != nil
        // In the ordered rhythm all fire first, and all that is told afterwards are ends.
        let canFire =
            rhythm != .ordered || (time < 3000 && known.nothingEndsBefore > time)
        if isPosted, !canFire || chance(30) {
            guard isFiring || rhythm == .aligned else { return nil }
            guard !(rhythm == .ordered && time < 3000) else { return nil }
            return ended(index, at: time, isFiring: isFiring, &known)
        }
        guard canFire else { return nil }
        return firing(index, at: time, isFiring: isFiring, &known)
    }

    private mutating func ended(
        _ index: Int, at time: Int, isFiring: Bool, _ known: inout Knowledge
    ) -> Scenario.PostedAlert {
        var alert = described(index, &known)
        // An end within the time of an alert that is over changes it as long as it is kept: see the list of differences.
        alert.endsAt = isFiring && chance(25) && rhythm == .aligned ? time - 1000 : time
        if let start = known.start[index], start < time - 1000, chance(60) { alert.startsAt = start }
        known.firesUntil[index] = nil
        known.start[index] = nil
        return alert
    }

    private mutating func firing(
        _ index: Int, at time: Int, isFiring: Bool, _ known: inout Knowledge
    ) -> Scenario.PostedAlert {
        var alert = described(index, &known)
        if isFiring, let start = known.start[index], chance(60) {
            alert.startsAt = start
        } else if isFiring, let first = known.firstPost[index], first <= time - 4000, chance(30) {
            // The group has long been flushed, so this start does not flush it at once.
            alert.startsAt = -30_000
        } else if chance(40) {
            alert.startsAt = chance(15) ? time + grid : time
        }
        var end = time + resolveTimeout
        // The spaced rhythm has no room for an end between its events. For the rest see the list of differences.
        let mustEnd = known.hasEnd.contains(index) || (rhythm == .spaced && (resolveTimeout / 1000) % 3 != 0)
        if mustEnd || chance(40) {
            end = time + (rhythm == .spaced ? pick([3000, 6000]) : roll(rhythm == .ordered ? 4...6 : 2...6) * 1000)
            alert.endsAt = end
            // Of an alert with an end alone Alertmanager says that it starts when it ends: see the list of differences.
            alert.startsAt = alert.startsAt ?? time
            known.hasEnd.insert(index)
        }
        if !isFiring { known.start[index] = alert.startsAt }
        known.firesUntil[index] = isFiring ? min(end, known.firesUntil[index] ?? end) : end
        known.firstPost[index] = known.firstPost[index] ?? time
        known.nothingEndsBefore = min(known.nothingEndsBefore, end)
        return alert
    }

    private mutating func described(_ index: Int, _ known: inout Knowledge) -> Scenario.PostedAlert {
        known.revision += 1
        var alert = Scenario.PostedAlert(labels: pool[index])
        if chance(60) { alert.annotations["summary"] = chance(50) ? "same" : "revision \(known.revision)" }
        if chance(30) { alert.annotations["odd"] = pick(oddValues) }
        if chance(50) { alert.generatorURL = "http://prom.example/graph?g0.expr=up+%3D%3D+0&g0.tab=\(roll(0...1))" }
        return alert
    }

    private mutating func silence(at time: Int) -> Scenario.PostedSilence {
        func matcher(_ name: String, _ comparison: String, _ value: String) -> JSON {
            [
                "name": .text(name), "value": .text(value), "isRegex": .flag(comparison.hasSuffix("~")),
                "isEqual": .flag(!comparison.hasPrefix("!")),
            ]
        }
        var matchers = [matcher("scenario", "=", Scenario.name(number))]
        for _ in 0..<roll(0...2) {
            let condition = condition()
            matchers.append(matcher(condition.name, condition.comparison, condition.value))
        }
        let start = chance(30) ? time + grid : time
        let end = chance(40) ? start + 3_600_000 : start + roll(1...4) * grid
        return .init(matchers: .list(matchers), startsAt: start, endsAt: end)
    }
}
