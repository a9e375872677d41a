import TocsinAlerts

extension AlertmanagerChecks {
    /// Looks at the file as a whole and fills the global settings into the receivers.
    static func file(_ file: inout AlertmanagerObject) throws(AlertmanagerFault) {
        var global = file.object("global") ?? AlertmanagerObject(.global, at: file.location)
        // Alertmanager crashes where somebody says `http_config: null`.
        if global.object("http_config") == nil {
            global["http_config"] = .object(AlertmanagerObject(.httpConfig, at: global.location))
        }
        try AlertmanagerChecks.global(global)
        var names: Set<String> = []
        var receivers = file.objects("receivers")
        for index in receivers.indices {
            let name = receivers[index].text("name")
            if names.contains(name) {
                throw AlertmanagerFault(
                    "notification config name \(GoQuoting.quote(name)) is not unique", at: receivers[index].location)
            }
            try AlertmanagerGlobals.fill(&receivers[index], &global)
            names.insert(name)
        }
        let route = try rootRoute(file)
        try checkReceivers(of: route, names)
        try checkIntervals(of: file, route)
        var used: Set<String> = []
        collectReceivers(of: route, into: &used)
        for index in receivers.indices where used.contains(receivers[index].text("name")) {
            AlertmanagerGlobals.addHeaders(&receivers[index])
        }
        file["global"] = .object(global)
        file["receivers"] = .list(receivers.map { .object($0) })
    }

    private static func rootRoute(_ file: AlertmanagerObject) throws(AlertmanagerFault) -> AlertmanagerObject {
        guard let route = file.object("route") else { throw AlertmanagerFault("no routes provided") }
        func fault(_ message: String, _ field: String? = nil) -> AlertmanagerFault {
            AlertmanagerFault(message, at: field.map { route.location(of: $0) } ?? route.location)
        }
        guard route.has("receiver") else { throw fault("root route must specify a default receiver") }
        for name in ["match", "match_re", "matchers"] where route.has(name) {
            throw fault("root route must not have any matchers", name)
        }
        if route.has("mute_time_intervals") {
            throw fault("root route must not have any mute time intervals", "mute_time_intervals")
        }
        if route.has("active_time_intervals") {
            throw fault("root route must not have any active time intervals", "active_time_intervals")
        }
        return route
    }

    /// Children come before their parents, as in Alertmanager.
    private static func checkReceivers(
        of route: AlertmanagerObject, _ names: Set<String>
    ) throws(AlertmanagerFault) {
        for child in route.objects("routes") { try checkReceivers(of: child, names) }
        let name = route.text("receiver")
        guard name.isEmpty || names.contains(name) else {
            throw AlertmanagerFault(
                "undefined receiver \(GoQuoting.quote(name)) used in route", at: route.location(of: "receiver"))
        }
    }

    private static func checkIntervals(
        of file: AlertmanagerObject, _ route: AlertmanagerObject
    ) throws(AlertmanagerFault) {
        var names: Set<String> = []
        for (field, words) in [("mute_time_intervals", "mute time interval"), ("time_intervals", "time interval")] {
            for interval in file.objects(field) where !names.insert(interval.text("name")).inserted {
                throw AlertmanagerFault(
                    "\(words) \(GoQuoting.quote(interval.text("name"))) is not unique", at: interval.location)
            }
        }
        try checkIntervals(in: route, names)
    }

    private static func checkIntervals(
        in route: AlertmanagerObject, _ names: Set<String>
    ) throws(AlertmanagerFault) {
        for child in route.objects("routes") { try checkIntervals(in: child, names) }
        for field in ["active_time_intervals", "mute_time_intervals"] {
            for name in route.texts(field) where !names.contains(name) {
                throw AlertmanagerFault(
                    "undefined time interval \(GoQuoting.quote(name)) used in route", at: route.location(of: field))
            }
        }
    }

    private static func collectReceivers(of route: AlertmanagerObject, into names: inout Set<String>) {
        names.insert(route.text("receiver"))
        for child in route.objects("routes") { collectReceivers(of: child, into: &names) }
    }
}
