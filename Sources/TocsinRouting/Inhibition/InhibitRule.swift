public import TocsinAlerts

/// That alerts of one kind keep alerts of another quiet while some of their labels are equal.
public struct InhibitRule: Sendable, Hashable {
    /// What people call the rule, if anything.
    public let name: String?
    /// What an alert must match to keep others quiet; none matches everything.
    public let sourceMatchers: [Matcher]
    /// What an alert must match to be kept quiet; none matches everything.
    public let targetMatchers: [Matcher]
    /// The labels that must be equal, sorted, each once.
    ///
    /// A label that is missing has the empty value.
    public let equal: [String]
    /// The same for rules that do the same: the matchers and the equal labels, whatever their order and the rule's name.
    public let id: String

    /// Makes a rule.
    public init(name: String?, sourceMatchers: [Matcher], targetMatchers: [Matcher], equal: [String]) {
        self.name = name
        self.sourceMatchers = sourceMatchers
        self.targetMatchers = targetMatchers
        self.equal = Set(equal).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        let names = self.equal.map(GoQuoting.quote).joined(separator: ",")
        id = InhibitRule.text(sourceMatchers) + ">" + InhibitRule.text(targetMatchers) + "[" + names + "]"
    }

    /// Quotes stand around all that others wrote, so two lists that differ have texts that differ.
    private static func text(_ matchers: [Matcher]) -> String {
        let parts = Set(matchers).sorted().map {
            GoQuoting.quote($0.name) + $0.comparison.rawValue + GoQuoting.quote($0.value)
        }
        return "{" + parts.joined(separator: ",") + "}"
    }

    /// Whether an alert with these labels keeps others quiet.
    func isSource(_ labels: LabelSet) -> Bool { sourceMatchers.allSatisfy { $0.matches(labels) } }

    /// Whether an alert with these labels can be kept quiet.
    func isTarget(_ labels: LabelSet) -> Bool { targetMatchers.allSatisfy { $0.matches(labels) } }

    /// Where an alert with these labels meets others.
    func meeting(_ labels: LabelSet) -> InhibitionMeeting {
        InhibitionMeeting(ruleID: id, values: equal.map { labels[$0] ?? "" })
    }
}
