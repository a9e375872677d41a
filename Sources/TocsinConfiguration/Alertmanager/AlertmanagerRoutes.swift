import TocsinAlerts
import TocsinCore
import TocsinRouting

/// Makes routes and rules of inhibition of those of an Alertmanager file.
enum AlertmanagerRoutes {
    static func route(_ object: AlertmanagerObject) throws(AlertmanagerFault) -> RouteDefinition {
        var route = RouteDefinition()
        if object.has("receiver") { route.receivers = [object.text("receiver")] }
        route.matchers = try matchers(object, "match", "match_re", "matchers")
        let names = object.texts("group_by")
        // An empty list is the same as none there: the route groups as its parent does.
        if !names.isEmpty {
            route.groupBy = names.contains("...") ? .all : .labels(Set(names))
        }
        route.groupWait = DurationText.parse(object.text("group_wait"))
        route.groupInterval = DurationText.parse(object.text("group_interval"))
        route.repeatInterval = DurationText.parse(object.text("repeat_interval"))
        route.continues = object.bool("continue")
        route.muteTimeIntervals = object.texts("mute_time_intervals")
        route.activeTimeIntervals = object.texts("active_time_intervals")
        for child in object.objects("routes") { route.routes.append(try AlertmanagerRoutes.route(child)) }
        return route
    }

    /// - Returns: `nil` for a rule with several sources that must all fire, which there is no word for here.
    static func inhibitRule(_ object: AlertmanagerObject) throws(AlertmanagerFault) -> InhibitRule? {
        let sources = object.objects("sources")
        guard sources.count <= 1 else { return nil }
        var source = try matchers(object, "source_match", "source_match_re", "source_matchers")
        if let only = sources.first { source += try matchers(only, "", "", "matchers") }
        return InhibitRule(
            name: object.has("name") ? object.text("name") : nil, sourceMatchers: source,
            targetMatchers: try matchers(object, "target_match", "target_match_re", "target_matchers"),
            equal: object.texts("equal") + (sources.first?.texts("equal") ?? []))
    }

    /// All matchers, sorted.
    ///
    /// Alertmanager matches the older field for patterns by a pattern with anchors, and shows it so in keys of groups.
    private static func matchers(
        _ object: AlertmanagerObject, _ equal: String, _ fits: String, _ texts: String
    ) throws(AlertmanagerFault) -> [Matcher] {
        do throws(MatcherError) {
            var matchers: [Matcher] = []
            for (name, value) in object.map(equal) {
                matchers.append(try Matcher(name: name, comparison: .equal, value: value.text))
            }
            for (name, value) in object.map(fits) {
                matchers.append(try Matcher(name: name, comparison: .fits, value: "^(?:" + value.text + ")$"))
            }
            for text in object.texts(texts) { matchers += try Matcher.parseAll(text) }
            return matchers.sorted()
        } catch {
            throw AlertmanagerFault(error.message, at: object.location)
        }
    }
}
