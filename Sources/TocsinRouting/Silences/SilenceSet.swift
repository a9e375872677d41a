public import TocsinAlerts
public import TocsinCore

/// A tenant's silences, ready to be asked.
///
/// Most silences name one value of some label. Each of those stands under its least common pair of name and value, so an
/// alert is compared only with the silences under its own labels and with the few that name no value at all.
public struct SilenceSet: Sendable {
    /// All silences, in the order in which they were given.
    public let silences: [Silence]
    private var byLabel: [Label: [Int]] = [:]
    private var others: [Int] = []

    /// Makes a set.
    public init(_ silences: [Silence]) {
        self.silences = silences
        let pairs = silences.map(SilenceSet.pairs)
        var counts: [Label: Int] = [:]
        for pair in pairs.joined() { counts[pair, default: 0] += 1 }
        for (index, own) in pairs.enumerated() {
            if let rarest = own.min(by: { counts[$0, default: 0] < counts[$1, default: 0] }) {
                byLabel[rarest, default: []].append(index)
            } else {
                others.append(index)
            }
        }
    }

    /// What an alert must carry for a silence to fit.
    ///
    /// A matcher for the empty value asks for nothing that an alert carries.
    private static func pairs(of silence: Silence) -> [Label] {
        silence.matchers.filter { $0.comparison == .equal && !$0.value.isEmpty }
            .map { Label(name: $0.name, value: $0.value) }
    }

    /// The ids of the silences that are active and fit the labels, sorted.
    public func silencing(_ labels: LabelSet, at now: Timestamp) -> [String] {
        candidates(labels).filter { holds($0, labels, now) }.map { silences[$0].id }.sorted()
    }

    /// Whether a silence is active and fits the labels.
    public func isSilenced(_ labels: LabelSet, at now: Timestamp) -> Bool {
        candidates(labels).contains { holds($0, labels, now) }
    }

    private func candidates(_ labels: LabelSet) -> [Int] {
        labels.labels.flatMap { byLabel[$0] ?? [] } + others
    }

    private func holds(_ index: Int, _ labels: LabelSet, _ now: Timestamp) -> Bool {
        silences[index].state(at: now) == .active && silences[index].matches(labels)
    }
}
