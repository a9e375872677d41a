/// What a file says that has no effect here.
enum AlertmanagerIssues {
    static func find(in file: AlertmanagerObject) -> [ConfigurationIssue] {
        var issues: [ConfigurationIssue] = []
        for name in ["tracing", "event_recorder"] where file.has(name) {
            issues.append(
                issue("'\(name)' has no effect: it is about Alertmanager itself", file.location(of: name), name))
        }
        for (index, rule) in file.objects("inhibit_rules").enumerated() where rule.objects("sources").count > 1 {
            issues.append(
                issue(
                    "this rule is left out: alerts are not kept quiet by several sources that must all fire",
                    rule.location(of: "sources"), "inhibit_rules[\(index)].sources"))
        }
        for (index, receiver) in file.objects("receivers").enumerated() where receiver.has("labels") {
            issues.append(
                issue(
                    "labels of receivers have no effect", receiver.location(of: "labels"), "receivers[\(index)].labels")
            )
        }
        if let route = file.object("route") { find(in: route, path: "route", into: &issues) }
        return issues
    }

    private static func find(in route: AlertmanagerObject, path: String, into issues: inout [ConfigurationIssue]) {
        if route.has("labels") {
            issues.append(issue("labels of routes have no effect", route.location(of: "labels"), path + ".labels"))
        }
        for (index, child) in route.objects("routes").enumerated() {
            find(in: child, path: "\(path).routes[\(index)]", into: &issues)
        }
    }

    private static func issue(_ message: String, _ place: SourceLocation, _ path: String) -> ConfigurationIssue {
        ConfigurationIssue(
            severity: .warning, code: "alertmanager_setting_unused", location: place, path: path, message: message)
    }
}
