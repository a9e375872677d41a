import TocsinTesting

/// Makes scenarios in which the outcome does not depend on which of two things happens first.
///
/// Everything that is done happens at whole seconds after a scenario's start, and every tick of a group at half past one:
/// each `group_wait` is half a second more than a whole number of them, each `group_interval` a whole number. An alert that
/// ends by `resolve_timeout` does so at a quarter past a second.
///
/// There is one more thing to keep away from. A group whose alerts are all over is forgotten by Alertmanager at the next
/// of its cleanings, every 30 s; until then a new alert waits for the next tick, afterwards for `group_wait`. So a group
/// that may have been emptied gets no alert unless both are the same (``Rhythm/aligned``), or unless nothing else happens
/// until both are over (``Rhythm/spaced``).
struct ScenarioGenerator {
    enum Rhythm: String, CaseIterable {
        /// Wait half a second, interval one: alerts may come and go as they like.
        case aligned
        /// Any waits and intervals: no alert comes after one has ended.
        case ordered
        /// Waits and intervals of up to 2 s: three seconds between any two events.
        case spaced
    }

    let number: Int
    /// Milliseconds.
    let resolveTimeout: Int
    var dice: SeededGenerator
    var rhythm = Rhythm.aligned
    /// Whether there are silences and inhibition.
    var mutes = false
    var receivers: [JSON] = []
    var pool: [[String: String]] = []

    init(seed: UInt64, number: Int, resolveTimeout: Int) {
        self.number = number
        self.resolveTimeout = resolveTimeout
        dice = SeededGenerator(seed: seed &+ UInt64(number) &* 0xA076_1D64_78BD_642F)
    }

    mutating func scenario() -> Scenario {
        rhythm = pick([.aligned, .aligned, .ordered, .spaced])
        mutes = chance(60)
        makePool()
        let count = roll(1...3)
        for index in 0..<count { makeReceiver(index) }
        // Without an end in sight, how often something is repeated would be up to when the test ends.
        let repeats = rhythm != .spaced && chance(25)
        let route = rootRoute(repeats: repeats)
        let rules = mutes && chance(60) ? (0..<roll(1...2)).map { _ in inhibitRule() } : []
        let steps = steps(endsAll: repeats)
        return Scenario(
            number: number,
            story:
                "\(rhythm)\(mutes ? ", mutes" : ""), resolve timeout \(resolveTimeout) ms\(repeats ? ", repeats" : "")",
            route: route, receivers: receivers, inhibitRules: rules, steps: steps)
    }

    // MARK: Dice

    mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &dice) < percent }
    mutating func roll(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &dice) }
    mutating func pick<Element>(_ items: [Element]) -> Element { items[Int.random(in: 0..<items.count, using: &dice)] }
    mutating func some<Element>(_ items: [Element], _ count: Int) -> [Element] {
        Array(items.shuffled(using: &dice).prefix(count))
    }

    // MARK: Words

    /// Values that are easily broken on their way: by quoting, by escaping, by normalising.
    var oddValues: [String] {
        // One spelling of this word in a scenario: what the alerts of a group share is found by how it looks.
        ScenarioGenerator.oddValues + [number % 2 == 0 ? "Café" : "Cafe\u{301}"]
    }
    private static let oddValues = [
        "say \"hi\"", "two\nlines", "a<b>&c", "ümläut ✓", "back\\slash", "tab\there", "日本", "'single'", "{{ .x }}",
        "line\u{2028}separator", "no\u{A0}break", "del\u{7F}", " space ", "🔥", "#no: comment",
        "$1 ${HOME}", "zero\u{200B}width", "bell\u{7}", "%d%20", "/slash/", "comma,{}=~!\"",
    ]
    static let words: [String: [String]] = [
        "alertname": ["Disk", "Cpu", "Net"], "instance": ["a:1", "b:2", "c:3"],
        "severity": ["critical", "warning", "info", ""], "team": ["red", "blue", ""], "job": ["node", "db", ""],
        "unheard": [""],
    ]
    static let names = ["alertname", "instance", "job", "note", "severity", "team", "unheard"]

    private mutating func makePool() {
        let size = roll(2...5)
        for _ in 0..<40 where pool.count < size {
            var labels = ["scenario": Scenario.name(number)]
            for name in ScenarioGenerator.names where name == "alertname" || chance(70) {
                labels[name] = pick(ScenarioGenerator.words[name] ?? [""] + oddValues)
            }
            // By bytes: strings in Swift are equal if they look the same.
            let isNew = !pool.contains { key(of: $0) == key(of: labels) }
            if isNew { pool.append(labels) }
        }
    }

    private func key(of labels: [String: String]) -> [[UInt8]] {
        labels.filter { !$0.value.isEmpty }.sorted { $0.key < $1.key }.map { Array(($0.key + "=" + $0.value).utf8) }
    }

    /// A name, a comparison and a value that may fit some of the scenario's alerts.
    mutating func condition() -> (name: String, comparison: String, value: String) {
        let name = pick(ScenarioGenerator.names)
        let known = pool.compactMap { $0[name] } + [""]
        let comparison = pick(["=", "=", "!=", "=~", "=~", "!~"])
        guard comparison.hasSuffix("~") else { return (name, comparison, pick(known)) }
        let patterns = [
            "", ".+", ".*", "[a-z]+", "a:.*|Disk", "crit.*|warning", "(?i)DISK|RED", "[ab]:\\d", "N.t", "node|^db$",
            "Caf.", "(?s).*\\n.*", "[^x]*e[^x]*",
        ]
        return (name, comparison, pick(patterns))
    }
}
