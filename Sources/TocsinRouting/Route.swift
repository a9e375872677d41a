public import TocsinAlerts

/// One node of a tenant's routing tree as it was written: what is absent is inherited from the parent.
public struct RouteDefinition: Sendable, Hashable {
    /// The receivers to notify.
    public var receivers: [String]?
    /// What an alert must match to come here; none matches everything.
    public var matchers: [Matcher]
    /// By which labels alerts are grouped.
    public var groupBy: GroupBy?
    /// How long a new group collects alerts before its first notification.
    public var groupWait: Duration?
    /// How long after a notification the group may send the next.
    public var groupInterval: Duration?
    /// After how long an unchanged notification is sent again.
    public var repeatInterval: Duration?
    /// Whether the siblings after this route are tried too when it matches.
    public var continues: Bool
    /// Names of time intervals in which the route tells nobody; not inherited.
    public var muteTimeIntervals: [String]
    /// Names of the only time intervals in which the route tells anybody; none for always, and not inherited.
    public var activeTimeIntervals: [String]
    /// The routes below.
    public var routes: [RouteDefinition]

    /// A route as it was written.
    public init(
        receivers: [String]? = nil, matchers: [Matcher] = [], groupBy: GroupBy? = nil, groupWait: Duration? = nil,
        groupInterval: Duration? = nil, repeatInterval: Duration? = nil, continues: Bool = false,
        muteTimeIntervals: [String] = [], activeTimeIntervals: [String] = [], routes: [RouteDefinition] = []
    ) {
        self.receivers = receivers
        self.matchers = matchers
        self.groupBy = groupBy
        self.groupWait = groupWait
        self.groupInterval = groupInterval
        self.repeatInterval = repeatInterval
        self.continues = continues
        self.muteTimeIntervals = muteTimeIntervals
        self.activeTimeIntervals = activeTimeIntervals
        self.routes = routes
    }
}

/// By which labels the alerts of a route are put together.
public enum GroupBy: Sendable, Hashable {
    /// By the values of these labels.
    case labels(Set<String>)
    /// By all labels: every alert is a group of its own (`...`).
    case all

    /// The labels that name the group of an alert.
    public func groupLabels(of labels: LabelSet) -> LabelSet {
        switch self {
        case .labels(let names): labels.keeping(names)
        case .all: labels
        }
    }
}

/// A route with everything it inherits.
public struct Route: Sendable, Hashable {
    /// Tells this route from every other of the tree, and stays the same when unrelated routes change: the matchers on
    /// the way from the root, and a number where two routes have the same.
    public let id: String
    /// The way from the root as Alertmanager writes it in group keys: `{}/{team="a"}`.
    public let key: String
    /// The receivers to notify.
    public let receivers: [String]
    /// By which labels alerts are grouped.
    public let groupBy: GroupBy
    /// How long a new group collects alerts before its first notification.
    public let groupWait: Duration
    /// How long after a notification the group may send the next.
    public let groupInterval: Duration
    /// After how long an unchanged notification is sent again.
    public let repeatInterval: Duration
    /// Names of time intervals in which it tells nobody.
    public let muteTimeIntervals: [String]
    /// Names of the only time intervals in which it tells anybody; none for always.
    public let activeTimeIntervals: [String]

    /// The name of the group as Alertmanager writes it: `{}/{team="a"}:{alertname="X"}`.
    public func groupKey(_ groupLabels: LabelSet) -> String { key + ":" + groupLabels.alertmanagerText }
}
