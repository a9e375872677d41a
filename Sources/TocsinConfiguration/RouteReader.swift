import TocsinAlerts
import TocsinCore
import TocsinRouting

/// Reads a tree of routes.
struct RouteReader {
    let receivers: Set<String>
    var timeIntervals: Set<String> = []

    private static let times: ClosedRange<Duration> = .zero...(.seconds(30 * 86_400))

    func read(_ reader: MappingReader) -> RouteDefinition {
        var route = RouteDefinition()
        route.receivers = readReceivers(reader)
        route.matchers = readMatchers(reader)
        if let names = reader.stringList("group_by") {
            route.groupBy = names == ["..."] ? .all : .labels(Set(names))
        }
        route.groupWait = reader.duration("group_wait", in: RouteReader.times)
        route.groupInterval = reader.duration("group_interval", in: .milliseconds(100)...RouteReader.times.upperBound)
        route.repeatInterval = reader.duration("repeat_interval", in: .milliseconds(1)...RouteReader.times.upperBound)
        route.continues = reader.bool("continue") ?? false
        route.muteTimeIntervals = readIntervals(reader, "mute_time_intervals")
        route.activeTimeIntervals = readIntervals(reader, "active_time_intervals")
        route.routes = reader.mappings("routes").map { read($0) }
        reader.finish()
        return route
    }

    private func readReceivers(_ reader: MappingReader) -> [String]? {
        var names: [String]?
        if reader.has("receiver") { names = reader.string("receiver").map { [$0] } }
        if reader.has("receivers") { names = (names ?? []) + (reader.stringList("receivers") ?? []) }
        for name in names ?? [] where !receivers.contains(name) {
            let near = NearestName.find(name, in: receivers.sorted()).map { "; did you mean '\($0)'?" } ?? ""
            reader.report(
                "receiver_unknown", "there is no receiver '\(name)'\(near)",
                name: reader.has("receiver") ? "receiver" : "receivers")
        }
        return names
    }

    private func readIntervals(_ reader: MappingReader, _ name: String) -> [String] {
        let names = reader.stringList(name) ?? []
        for unknown in names where !timeIntervals.contains(unknown) {
            let near = NearestName.find(unknown, in: timeIntervals.sorted()).map { "; did you mean '\($0)'?" } ?? ""
            reader.report("time_interval_unknown", "there is no time interval '\(unknown)'\(near)", name: name)
        }
        return names
    }

    private func readMatchers(_ reader: MappingReader) -> [Matcher] {
        var matchers: [Matcher] = []
        for text in reader.stringList("matchers") ?? [] {
            do {
                matchers += try Matcher.parseAll(text)
            } catch {
                reader.report("matcher_invalid", error.message, name: "matchers")
            }
        }
        return matchers
    }
}
