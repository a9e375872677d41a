import Testing
import TocsinAlerts
import TocsinRouting

@Suite("Routing tree")
struct RoutingTreeTests {
    private static func matcher(_ text: String) throws -> Matcher { try Matcher.parse(text) }

    private static func tree() throws -> RoutingTree {
        RoutingTree(
            root: RouteDefinition(
                receivers: ["default"], groupBy: .labels(["alertname"]),
                routes: [
                    RouteDefinition(
                        receivers: ["audit"], matchers: [try matcher(#"team=~".+""#)], continues: true),
                    RouteDefinition(
                        receivers: ["db"], matchers: [try matcher(#"team="db""#)], groupWait: .seconds(1),
                        routes: [
                            RouteDefinition(receivers: ["db-page"], matchers: [try matcher(#"severity="critical""#)])
                        ]),
                    RouteDefinition(receivers: ["web"], matchers: [try matcher(#"team="web""#)]),
                    RouteDefinition(receivers: ["never"], matchers: [try matcher(#"team="web""#)]),
                ]))
    }

    @Test(
        "takes the deepest match, goes on after `continue`, falls back to the parent",
        arguments: [
            ([("alertname", "A")], ["default"]),
            ([("alertname", "A"), ("team", "ops")], ["audit"]),
            ([("team", "db")], ["audit", "db"]),
            ([("team", "db"), ("severity", "critical")], ["audit", "db-page"]),
            ([("team", "web")], ["audit", "web"]),
        ] as [([(String, String)], [String])])
    func matches(labels: [(String, String)], expected: [String]) throws {
        let found = try RoutingTreeTests.tree().match(LabelSet(labels)).flatMap(\.receivers)
        #expect(found == expected)
    }

    @Test("inherits what a route leaves out")
    func inherits() throws {
        let routes = try RoutingTreeTests.tree().routes
        let page = try #require(routes.first { $0.receivers == ["db-page"] })
        #expect(page.groupWait == .seconds(1))
        #expect(page.groupBy == .labels(["alertname"]))
        #expect(page.groupInterval == .seconds(300))
        #expect(page.key == #"{}/{team="db"}/{severity="critical"}"#)
        #expect(page.groupKey(LabelSet([("alertname", "X")])).hasSuffix(#":{alertname="X"}"#))
    }

    @Test("two routes with the same matchers have different ids, so that they never share a log")
    func twinsDiffer() throws {
        let routes = try RoutingTreeTests.tree().routes
        #expect(Set(routes.map(\.id)).count == routes.count)
        let twins = routes.filter { $0.key.hasSuffix(#"{team="web"}"#) }
        #expect(twins.count == 2 && twins[0].id != twins[1].id)
    }

    @Test("the id of a route does not change when an unrelated route is put before it")
    func idsAreStable() throws {
        let before = try RoutingTreeTests.tree().match(LabelSet([("team", "db")])).map(\.id)
        let other = RouteDefinition(receivers: ["x"], matchers: [try RoutingTreeTests.matcher(#"a="b""#)])
        let after = RoutingTree(
            root: RouteDefinition(
                receivers: ["default"],
                routes: [
                    other,
                    RouteDefinition(
                        receivers: ["audit"], matchers: [try RoutingTreeTests.matcher(#"team=~".+""#)], continues: true),
                    RouteDefinition(receivers: ["db"], matchers: [try RoutingTreeTests.matcher(#"team="db""#)]),
                ])
        ).match(LabelSet([("team", "db")])).map(\.id)
        #expect(before == after)
    }
}
