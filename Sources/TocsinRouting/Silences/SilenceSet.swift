import Synchronization
public import TocsinAlerts
public import TocsinCore

/// A tenant's silences, ready to be asked.
///
/// Most silences name the values of some label, one or a few. Each of those stands under the pairs of name and value that
/// are least common, so an alert is compared only with the silences under its own labels and with the few that name no
/// values at all.
public struct SilenceSet: Sendable {
    /// All silences, in the order in which they were given.
    public let silences: [Silence]
    private let index: LazyIndex

    /// Makes a set; its index is made when it is first asked, so that a set which is only changed costs little.
    public init(_ silences: [Silence]) {
        self.silences = silences
        index = LazyIndex()
    }

    private final class LazyIndex: Sendable {
        private let made = Mutex<Index?>(nil)

        func index(of silences: [Silence]) -> Index {
            made.withLock { made in
                if let made { return made }
                let index = Index(silences)
                made = index
                return index
            }
        }
    }

    private struct Index: Sendable {
        var byLabel: [Label: [Int]] = [:]
        var others: [Int] = []

        init(_ silences: [Silence]) {
            let choices = silences.map(SilenceSet.choices)
            var counts: [Label: Int] = [:]
            for pair in choices.joined().joined() { counts[pair, default: 0] += 1 }
            func weight(_ pairs: [Label]) -> Int { pairs.reduce(0) { $0 + counts[$1, default: 0] } }
            for (index, own) in choices.enumerated() {
                if let rarest = own.min(by: { weight($0) < weight($1) }) {
                    for pair in rarest { byLabel[pair, default: []].append(index) }
                } else {
                    others.append(index)
                }
            }
        }
    }

    /// The most values of one matcher under which a silence may stand.
    private static let maximumValues = 100

    /// For each matcher that names values, the pairs of which an alert must carry one for the silence to fit.
    ///
    /// A matcher that takes the empty value asks for nothing that an alert carries.
    private static func choices(of silence: Silence) -> [[Label]] {
        silence.matchers.compactMap { matcher in
            guard let values = matcher.values, (1...maximumValues).contains(values.count), !values.contains("") else {
                return nil
            }
            // Two spellings of a letter are one key of a dictionary.
            return Array(Set(values.map { Label(name: matcher.name, value: $0) }))
        }
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
        let index = index.index(of: silences)
        return labels.labels.flatMap { index.byLabel[$0] ?? [] } + index.others
    }

    private func holds(_ index: Int, _ labels: LabelSet, _ now: Timestamp) -> Bool {
        silences[index].state(at: now) == .active && silences[index].matches(labels)
    }
}
