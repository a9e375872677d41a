import TocsinAlerts
import TocsinCore
import TocsinRouting

/// Shows a tenant's routing in the form of Alertmanager's configuration file, for clients that read nothing else: amtool
/// shows it and draws its routes.
///
/// Receivers have only their names in it; what they are and their secrets stay out.
public enum AlertmanagerText {
    /// The text.
    public static func text(of tenant: TenantConfiguration) -> String {
        var lines = ["global:", "  resolve_timeout: \(DurationText.format(tenant.resolveTimeout))", "route:"]
        append(tenant.route, indent: "  ", isRoot: true, to: &lines)
        append(tenant.inhibitRules, to: &lines)
        lines.append("receivers:")
        let named = tenant.receiverNames + combined(tenant.route)
        for name in named { lines.append("- name: " + quoted(name)) }
        return lines.joined(separator: "\n") + "\n"
    }

    private static func append(_ route: RouteDefinition, indent: String, isRoot: Bool, to lines: inout [String]) {
        var own: [String] = []
        if let receivers = route.receivers { own.append("receiver: " + quoted(receivers.joined(separator: ","))) }
        switch route.groupBy {
        case .all?: own.append("group_by: ['...']")
        case .labels(let names)?: own.append("group_by: [" + names.sorted().map(quoted).joined(separator: ", ") + "]")
        case nil: break
        }
        if !route.matchers.isEmpty { own += ["matchers:"] + route.matchers.map { "- " + quoted($0.text) } }
        if route.continues { own.append("continue: true") }
        for (name, value) in [
            ("group_wait", route.groupWait), ("group_interval", route.groupInterval),
            ("repeat_interval", route.repeatInterval),
        ] {
            if let value { own.append("\(name): \(DurationText.format(value))") }
        }
        if own.isEmpty { own.append("continue: false") }
        lines += own.enumerated().map {
            (isRoot ? indent : $0.offset == 0 ? indent + "- " : indent + "  ") + $0.element
        }
        guard !route.routes.isEmpty else { return }
        let below = isRoot ? indent : indent + "  "
        lines.append(below + "routes:")
        for child in route.routes { append(child, indent: below, isRoot: false, to: &lines) }
    }

    private static func append(_ rules: [InhibitRule], to lines: inout [String]) {
        guard !rules.isEmpty else { return }
        lines.append("inhibit_rules:")
        for rule in rules {
            lines.append(
                "- source_matchers: [" + rule.sourceMatchers.map { quoted($0.text) }.joined(separator: ", ") + "]")
            lines.append(
                "  target_matchers: [" + rule.targetMatchers.map { quoted($0.text) }.joined(separator: ", ") + "]")
            if !rule.equal.isEmpty { lines.append("  equal: [" + rule.equal.map(quoted).joined(separator: ", ") + "]") }
        }
    }

    /// Routes that tell several receivers at once, which the form does not have, get one that stands for them.
    private static func combined(_ route: RouteDefinition) -> [String] {
        let own = route.receivers.flatMap { $0.count > 1 ? [$0.joined(separator: ",")] : nil } ?? []
        return route.routes.reduce(into: own) { all, child in
            for name in combined(child) where !all.contains(name) { all.append(name) }
        }
    }

    /// In single quotes, in which YAML knows no escape but the doubled quote.
    private static func quoted(_ text: String) -> String { "'" + text.replacing("'", with: "''") + "'" }
}
