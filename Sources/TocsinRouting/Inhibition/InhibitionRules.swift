public import TocsinAlerts
public import TocsinCore

/// A tenant's inhibition rules, ready to be asked.
///
/// Semantics of Alertmanager's `inhibit.InhibitRule`, but no list of all sources is needed: a source and its targets
/// meet where the equal labels have the same values, so whoever keeps the sources of each meeting can ask for one.
public struct InhibitionRules: Sendable {
    private let rules: [InhibitRule]
    /// Sixteen hexadecimal digits that change when the set of rule ids does.
    public let digest: String

    /// Makes a set of rules; of rules that do the same only the first counts.
    public init(_ rules: [InhibitRule]) {
        var seen: Set<String> = []
        self.rules = rules.filter { seen.insert($0.id).inserted }
        digest = Hexadecimal.encode(InhibitionRules.hash(seen.sorted()))
    }

    /// Whether there is no rule.
    public var isEmpty: Bool { rules.isEmpty }

    /// FNV-1a, 64 bits, over the ids with 0xFF behind each, which no text contains.
    private static func hash(_ ids: [String]) -> UInt64 {
        var hash = FNV64()
        for id in ids {
            hash.add(id.utf8)
            hash.add(0xFF)
        }
        return hash.value
    }

    /// Where an alert with these labels is a source.
    ///
    /// `isTarget` tells whether it matches the target side too; such a source does not keep a target quiet that matches
    /// the source side too, and so none keeps itself quiet.
    public func sources(_ labels: LabelSet) -> [(meeting: InhibitionMeeting, isTarget: Bool)] {
        rules.filter { $0.isSource(labels) }.map { ($0.meeting(labels), $0.isTarget(labels)) }
    }

    /// Where an alert with these labels is a target, and whether it matches the source side too.
    public func targets(_ labels: LabelSet) -> [(meeting: InhibitionMeeting, isSource: Bool)] {
        rules.filter { $0.isTarget(labels) }.map { ($0.meeting(labels), $0.isSource(labels)) }
    }

    /// The fingerprints of the sources of a meeting that keep a target there quiet now, sorted, each once.
    ///
    /// - Parameter targetIsSource: Whether the target matches the rule's source side too.
    public static func inhibiting(
        _ sources: [InhibitionSource], targetIsSource: Bool, now: Timestamp
    ) -> [UInt64] {
        let holding = sources.filter { source in
            (source.endsAt.isUnset || source.endsAt > now) && !(source.isTarget && targetIsSource)
        }
        return Set(holding.map(\.fingerprint)).sorted()
    }
}
