import TocsinAlerts
import TocsinCore
import TocsinRouting
import TocsinSealing
import TocsinStreams

/// Inhibition while a turn thinks about it: what is kept of sources, and what the turn's alerts change of it.
///
/// The index is kept where a rule's sources and targets meet: at the rule and the values of its equal labels. A target
/// asks only there, however many sources there are elsewhere.
struct TurnInhibition {
    /// How long a meeting is kept after its last source has ended.
    private static let keeping = Duration.seconds(3600)

    private let rules: InhibitionRules
    private let indexKey: IndexKey
    private let now: Timestamp
    private var known: [String: [String: InhibitionSource]] = [:]
    private var pending: [String: [String: InhibitionSource]] = [:]
    private var merged: [String: [InhibitionSource]] = [:]
    private var names: [InhibitionMeeting: String] = [:]

    init(rules: InhibitionRules, indexKey: IndexKey, now: Timestamp) {
        self.rules = rules
        self.indexKey = indexKey
        self.now = now
    }

    /// Takes note of what an alert says, wherever it is a source.
    ///
    /// - Parameter isOld: Whether what this turn has learned of the alert is newer.
    mutating func note(_ alert: Alert, key: String, isOld: Bool = false) {
        guard !rules.isEmpty else { return }
        for (meeting, isTarget) in rules.sources(alert.labels) {
            let name = indexKey.name(of: meeting)
            if isOld, pending[name]?[key] != nil { continue }
            pending[name, default: [:]][key] = InhibitionSource(
                fingerprint: alert.fingerprint, endsAt: alert.endsAt, isTarget: isTarget)
        }
    }

    /// Where to look for sources that inhibit these alerts, each once.
    mutating func meetings(of alerts: [Alert]) -> [String] {
        for alert in alerts {
            for (meeting, _) in rules.targets(alert.labels) where names[meeting] == nil {
                names[meeting] = indexKey.name(of: meeting)
            }
        }
        return Array(names.values)
    }

    /// Takes over what was read.
    mutating func know(_ sources: [String: [(alert: String, record: [UInt8])]]) throws {
        for (meeting, records) in sources {
            for (alert, record) in records {
                var reader = RecordReader(record)
                known[meeting, default: [:]][alert] = try InhibitionSource(from: &reader)
            }
        }
        for meeting in names.values {
            merged[meeting] = Array((known[meeting] ?? [:]).merging(pending[meeting] ?? [:]) { $1 }.values)
        }
    }

    /// The fingerprints of the sources that inhibit the alert now, sorted.
    func inhibitors(of alert: Alert) -> [UInt64] {
        guard !rules.isEmpty else { return [] }
        var found: Set<UInt64> = []
        for (meeting, isSource) in rules.targets(alert.labels) {
            guard let sources = names[meeting].flatMap({ merged[$0] }) else { continue }
            found.formUnion(InhibitionRules.inhibiting(sources, targetIsSource: isSource, now: now))
        }
        return found.sorted()
    }

    /// What is to be written: what has changed, and, where sources were read that ended long ago, that they are to be
    /// forgotten.
    var changes: [SourceChange] {
        var changes: [SourceChange] = []
        for (meeting, sources) in pending {
            for (alert, source) in sources {
                changes.append(change(meeting, alert, source, isOver: !source.endsAt.isUnset && source.endsAt <= now))
            }
        }
        for (meeting, sources) in known {
            for (alert, source) in sources where pending[meeting]?[alert] == nil {
                guard !source.endsAt.isUnset, source.endsAt + Self.keeping <= now else { continue }
                changes.append(change(meeting, alert, source, isOver: true))
            }
        }
        return changes
    }

    /// The digest to note for the index; as it was noted if there are no rules and never were.
    func digest(noted: String) -> String {
        guard rules.isEmpty else { return rules.digest }
        return noted.isEmpty ? noted : "-"
    }

    private func change(_ meeting: String, _ alert: String, _ source: InhibitionSource, isOver: Bool) -> SourceChange {
        var writer = RecordWriter()
        source.write(to: &writer)
        return SourceChange(
            meeting: meeting, alert: alert, record: isOver ? nil : writer.bytes, expiresAt: source.endsAt + Self.keeping
        )
    }
}
