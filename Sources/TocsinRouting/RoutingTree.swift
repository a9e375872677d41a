public import TocsinAlerts

/// A tenant's routes, ready to match alerts against.
///
/// Semantics of Alertmanager's `dispatch.Route`: an alert goes down every child that matches, up to and including the
/// first without `continue`; where no child matches, the route itself takes it.
public struct RoutingTree: Sendable {
    private struct Node: Sendable {
        let route: Int
        let matchers: [Matcher]
        let continues: Bool
        let children: [Node]
    }

    /// All routes, the root first.
    public let routes: [Route]
    private let root: Node
    private let byID: [String: Int]

    /// A tree from its root as it was written.
    ///
    /// Defaults for what the root leaves out are Alertmanager's: wait 30 s, interval 5 m, repeat 4 h.
    public init(root definition: RouteDefinition) {
        let defaults = Route(
            id: "", key: "", receivers: [], groupBy: .labels([]), groupWait: .seconds(30), groupInterval: .seconds(300),
            repeatInterval: .seconds(4 * 3600), muteTimeIntervals: [], activeTimeIntervals: [])
        var builder = Builder()
        root = builder.node(definition, parent: defaults)
        routes = builder.routes
        byID = Dictionary(uniqueKeysWithValues: builder.routes.enumerated().map { ($1.id, $0) })
    }

    /// The route with this id, if the tree still has it.
    public func route(id: String) -> Route? { byID[id].map { routes[$0] } }

    /// The routes that take an alert with these labels; at least one, in the order of the tree.
    public func match(_ labels: LabelSet) -> [Route] {
        var found: [Int] = []
        RoutingTree.collect(root, labels, into: &found)
        // The root takes what nobody else does, even if somebody gave it matchers.
        return found.isEmpty ? [routes[0]] : found.map { routes[$0] }
    }

    /// The routes that take word of a receiver that cannot be told itself.
    ///
    /// Those that match, but for routes that lead only to it; where none is left, the first that leads to another. Empty
    /// if there is no other receiver.
    public func match(_ labels: LabelSet, avoiding receiver: String) -> [Route] {
        let others = match(labels).filter { $0.receivers.contains { $0 != receiver } }
        guard others.isEmpty else { return others }
        return routes.first { $0.receivers.contains { $0 != receiver } }.map { [$0] } ?? []
    }

    /// The receivers to which alerts with these labels go, in the order of the tree.
    public func receivers(of labels: LabelSet) -> [String] { match(labels).flatMap(\.receivers) }

    @discardableResult
    private static func collect(_ node: Node, _ labels: LabelSet, into found: inout [Int]) -> Bool {
        guard node.matchers.allSatisfy({ $0.matches(labels) }) else { return false }
        var isTaken = false
        for child in node.children where collect(child, labels, into: &found) {
            isTaken = true
            if !child.continues { break }
        }
        if !isTaken { found.append(node.route) }
        return true
    }

    private struct Builder {
        var routes: [Route] = []
        var seen: [String: Int] = [:]

        mutating func node(_ definition: RouteDefinition, parent: Route) -> Node {
            let own = "{" + definition.matchers.sorted().map(\.text).joined(separator: ",") + "}"
            let key = parent.key.isEmpty ? own : parent.key + "/" + own
            let twin = seen[key, default: 0]
            seen[key] = twin + 1
            let route = Route(
                id: twin == 0 ? key : "\(key)#\(twin)", key: key, receivers: definition.receivers ?? parent.receivers,
                groupBy: definition.groupBy ?? parent.groupBy, groupWait: definition.groupWait ?? parent.groupWait,
                groupInterval: definition.groupInterval ?? parent.groupInterval,
                repeatInterval: definition.repeatInterval ?? parent.repeatInterval,
                muteTimeIntervals: definition.muteTimeIntervals, activeTimeIntervals: definition.activeTimeIntervals)
            let index = routes.count
            routes.append(route)
            return Node(
                route: index, matchers: definition.matchers, continues: definition.continues,
                children: definition.routes.map { node($0, parent: route) })
        }
    }
}
