public import TocsinAlerts
public import TocsinCore

/// A time in which alerts that fit its matchers are not told.
public struct Silence: Sendable, Hashable {
    /// Where a silence stands between its start and its end.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// It has not begun.
        case pending
        /// It is in force.
        case active
        /// It is over.
        case expired
    }

    /// A UUID in lower case; empty while it has none.
    public var id: String
    /// What an alert must match to be silenced, all of them, in the order in which they were posted.
    public var matchers: [Matcher]
    /// When it begins.
    public var startsAt: Timestamp
    /// When it ends; at this moment it is over.
    public var endsAt: Timestamp
    /// When it was last changed.
    public var updatedAt: Timestamp
    /// Who made it.
    public var createdBy: String
    /// Why.
    public var comment: String
    /// What else is said about it.
    public var annotations: LabelSet

    /// Makes a silence, without a look at whether it makes sense: that is ``SilenceEdit``'s.
    public init(
        id: String, matchers: [Matcher], startsAt: Timestamp, endsAt: Timestamp, updatedAt: Timestamp,
        createdBy: String, comment: String, annotations: LabelSet = LabelSet()
    ) {
        self.id = id.lowercased()
        self.matchers = matchers
        self.startsAt = startsAt
        self.endsAt = endsAt
        self.updatedAt = updatedAt
        self.createdBy = createdBy
        self.comment = comment
        self.annotations = annotations
    }

    /// The matchers by name, then value, then comparison: two silences with the same of these silence the same.
    public var canonicalMatchers: [Matcher] { matchers.sorted() }

    /// Where the silence stands at a time.
    public func state(at now: Timestamp) -> State {
        if now < startsAt { return .pending }
        return now < endsAt ? .active : .expired
    }

    /// Whether the labels meet all matchers, whatever the time.
    public func matches(_ labels: LabelSet) -> Bool { matchers.allSatisfy { $0.matches(labels) } }

    /// Whether the silence has every one of these matchers, as a list of silences is filtered.
    public func isListed(by filter: [Matcher]) -> Bool { filter.allSatisfy { matchers.contains($0) } }

    /// Whether one silence stands before another in a list.
    ///
    /// Active ones come first, the next to end at the top; then pending ones, the next to begin at the top; then expired
    /// ones, the latest to have ended at the top. Silences with the same times are in the order of their ids.
    public static func listOrder(_ left: Silence, _ right: Silence, at now: Timestamp) -> Bool {
        let states = (left.state(at: now), right.state(at: now))
        guard states.0 == states.1 else { return states.0.listPlace < states.1.listPlace }
        let first: Timestamp
        let second: Timestamp
        switch states.0 {
        case .active: (first, second) = (left.endsAt, right.endsAt)
        case .pending: (first, second) = (left.startsAt, right.startsAt)
        case .expired: (first, second) = (right.endsAt, left.endsAt)
        }
        return first == second ? left.id < right.id : first < second
    }
}

extension Silence.State {
    fileprivate var listPlace: Int {
        switch self {
        case .active: 0
        case .pending: 1
        case .expired: 2
        }
    }
}
