import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinRouting

@testable import TocsinConfiguration

/// What becomes of an Alertmanager file.
struct AlertmanagerConfigurationTests {
    private func parse(_ text: String) throws -> AlertmanagerConfiguration {
        try AlertmanagerFile.parse(text, path: "/etc/alertmanager/alertmanager.yml")
    }

    private func reader(_ receiver: ReceiverConfiguration) -> (reader: MappingReader, issues: IssueCollector) {
        let issues = IssueCollector()
        let secrets = SecretSource(environment: [:], baseDirectory: "/")
        return (MappingReader(receiver.config, path: receiver.configPath, issues: issues, environment: secrets), issues)
    }

    @Test func everythingIsRead() throws {
        let path = AlertmanagerFixture.path("own/everything.yml")
        let configuration = try AlertmanagerFile.load(path: path)
        #expect(configuration.receiverNames == ["null", "empty", "all"])
        #expect(configuration.resolveTimeout == .seconds(90))
        #expect(Set(configuration.receivers.map(\.channelType)).count == 12)
        #expect(configuration.receivers.allSatisfy { $0.name == "all" })
        #expect(configuration.inhibitRules.count == 2)
        #expect(configuration.timeIntervals.mapValues(\.count) == ["old": 2, "office": 2, "nights": 0])
        #expect(configuration.templatePatterns == ["*.tmpl", "sub/../other/*.tmpl", "/etc/x/*.tmpl"])
        #expect(configuration.templateFiles.isEmpty)
        #expect(configuration.issues.isEmpty)
    }

    @Test func routesAreThoseOfTheFile() throws {
        let configuration = try parse(
            """
            route:
              receiver: a
              routes:
                - match: {x: "1"}
                  match_re: {y: a|b}
                  matchers: ['z!="2",w=~"c"']
                  group_by: ['...']
                  group_wait: 0s
                  group_interval: 1m
                  repeat_interval: 2h
                  continue: true
                  mute_time_intervals: [t]
                - {receiver: b, group_by: [], active_time_intervals: [t]}
            receivers: [{name: a}, {name: b}]
            time_intervals: [{name: t, time_intervals: [{weekdays: ['saturday:sunday']}]}]
            """.replacing("saturday:sunday", with: "monday"))
        let expected = RouteDefinition(
            receivers: ["a"], groupBy: .labels([]),
            routes: [
                RouteDefinition(
                    matchers: try [#"w=~"c""#, #"x="1""#, #"y=~"^(?:a|b)$""#, #"z!="2""#].map { try Matcher.parse($0) },
                    groupBy: .all, groupWait: .zero, groupInterval: .seconds(60), repeatInterval: .seconds(7200),
                    continues: true, muteTimeIntervals: ["t"]),
                RouteDefinition(receivers: ["b"], activeTimeIntervals: ["t"]),
            ])
        #expect(configuration.route == expected)
        #expect(configuration.timeIntervals["t"] == [CalendarInterval(weekdays: [.init(first: 1, last: 1)])])
    }

    @Test func groupKeysAreThoseOfAlertmanager() throws {
        let text = try AlertmanagerFixture.text("alertmanager-0.25/conf.good.yml")
        let tree = RoutingTree(root: try parse(text).route)
        let keys = tree.routes.map(\.key)
        #expect(keys.contains(#"{}/{service=~"^(?:^(foo1|foo2|baz)$)$"}/{severity="critical"}"#))
    }

    @Test func rulesOfInhibitionAreThoseOfTheFile() throws {
        let configuration = try parse(
            """
            route: {receiver: a}
            receivers: [{name: a}]
            inhibit_rules:
              - {source_match: {a: b}, source_match_re: {c: d}, target_matchers: ['e!="f"'], equal: [h, g], name: n}
              - {sources: [{matchers: [a=b], equal: [c]}], target_match: {e: f}}
              - {sources: [{matchers: [a=b]}, {matchers: [c=d]}], target_match: {e: f}}
            """)
        let first = try InhibitRule(
            name: "n", sourceMatchers: [#"a="b""#, #"c=~"^(?:d)$""#].map { try Matcher.parse($0) },
            targetMatchers: [try Matcher.parse(#"e!="f""#)], equal: ["g", "h"])
        let second = try InhibitRule(
            name: nil, sourceMatchers: [Matcher.parse("a=b")], targetMatchers: [Matcher.parse("e=f")], equal: ["c"])
        #expect(configuration.inhibitRules == [first, second])
        #expect(configuration.issues.map(\.path) == ["inhibit_rules[2].sources"])
    }

    @Test func receiversGetDefaultsAndGlobals() throws {
        let configuration = try parse(
            """
            global: {slack_api_url: 'https://hooks.slack.com/x', http_config: {proxy_url: 'http://p'}}
            route: {receiver: a}
            receivers:
              - name: a
                slack_configs: [{channel: '#c', title: 'a ${B} $${C}'}]
                webhook_configs: [{url_file: hook, send_resolved: false, timeout: 3s, max_alerts: 5}]
            """)
        #expect(configuration.receivers.map(\.id) == ["a/slack/0", "a/webhook/0"])
        #expect(configuration.receivers.map(\.sendResolved) == [false, false])
        #expect(configuration.receivers.map(\.timeout) == [.seconds(10), .seconds(3)])
        #expect(
            configuration.receivers.map(\.configPath) == [
                "receivers[0].slack_configs[0]", "receivers[0].webhook_configs[0]",
            ])
        let (slack, issues) = reader(configuration.receivers[0])
        #expect(slack.string("api_url") == "https://hooks.slack.com/x")
        #expect(slack.string("channel") == "#c")
        #expect(slack.string("title") == "a ${B} $${C}")
        #expect(slack.string("fallback") == #"{{ template "slack.default.fallback" . }}"#)
        #expect(slack.mapping("http_config").string("proxy_url") == "http://p")
        #expect(!slack.has("send_resolved"))
        let (webhook, more) = reader(configuration.receivers[1])
        #expect(webhook.string("url_file") == "/etc/alertmanager/hook")
        #expect(webhook.int("max_alerts", in: 0...10) == 5)
        #expect(issues.issues.isEmpty && more.issues.isEmpty)
    }

    @Test func slackTokensBecomeHeaders() throws {
        let text = try AlertmanagerFixture.text("alertmanager-0.34/conf.slack-default-app-token.yml")
        let receivers = try parse(text).receivers
        let found = receivers.map { receiver in
            let config = reader(receiver).reader
            let credentials = config.mapping("http_config").mapping("authorization").string("credentials") ?? ""
            return [config.string("api_url") ?? "", credentials]
        }
        #expect(
            found == [
                ["https://slack.com/api/chat.postMessage", "xoxb-1234-abcdefgh"],
                ["https://slack.com/api/chat.postMessage", "xoxb-1234-xxxxxx"],
                ["http://api.fakeslack.example/", "xoxb-1234-abcdefgh"],
                ["https://slack.com/api/chat.postMessage", "xoxb-my-bot-token"],
                ["https://hooks.slack.com/services/T00000000/B00000000/XXXXXXXXXXXXXXXXXXXXXXXX", ""],
            ])
    }

    @Test func newerKindsAreRead() throws {
        let configuration = try parse(
            """
            global: {jira_api_url: 'https://jira.example.org', rocketchat_token: t, rocketchat_token_id: i}
            route: {receiver: a, labels: {team: x}}
            tracing: {endpoint: 'x:1'}
            receivers:
              - name: a
                labels: {owner: b}
                jira_configs:
                  - {project: P, issue_type: Bug, labels: [a, b], summary: {template: s, enable_update: false}}
                msteams_configs: [{webhook_url: 'https://x'}]
                msteamsv2_configs: [{webhook_url_file: /x}]
                rocketchat_configs: [{channel: c, actions: [{type: button, text: t, imageurl: i}]}]
                mattermost_configs: [{webhook_url: 'https://x', priority: {priority: urgent}, props: {card: c}}]
                incidentio_configs: [{url: 'https://x', alert_source_token: t}]
                webhook_configs: [{url: 'https://{{ .x }}/', payload: {a: 1, b: [true, x], c: null}}]
                telegram_configs: [{bot_token: t, chat_id_file: /c, message_thread_id: 5, timeout: 2m}]
                email_configs: [{to: a, from: b, smarthost: 'c:1', threading: {enabled: true, thread_by_date: daily}}]
            """)
        #expect(
            configuration.receivers.map(\.channelType) == [
                "email", "incidentio", "webhook", "telegram", "msteams", "msteamsv2", "jira", "rocketchat",
                "mattermost",
            ])
        #expect(configuration.issues.map(\.path) == ["tracing", "receivers[0].labels", "route.labels"])
        #expect(configuration.issues.allSatisfy { $0.severity == .warning })
        let jira = reader(configuration.receivers[6]).reader
        #expect(jira.mapping("labels").stringList("values") == ["a", "b"])
        #expect(jira.mapping("summary").bool("enable_update") == false)
        #expect(jira.mapping("description").string("template") == #"{{ template "jira.default.description" . }}"#)
    }

    @Test(arguments: [
        ("team-X", "team-X/webhook/0"), ("a/b.c_d", "a/b.c_d/webhook/0"), ("a b:c", "a%20b%3Ac/webhook/0"),
        ("ä%", "%C3%A4%25/webhook/0"),
    ])
    func idsCanBePartsOfKeys(name: String, id: String) throws {
        let configuration = try parse(
            "route: {receiver: '\(name)'}\nreceivers: [{name: '\(name)', webhook_configs: [{url: 'http://x'}]}]")
        #expect(configuration.receivers.map(\.id) == [id])
        #expect(configuration.receivers.map(\.name) == [name])
    }

    @Test func longIDsAreCutButDiffer() throws {
        let names = ["x", "y"].map { String(repeating: "long name ", count: 20) + $0 }
        let receivers = names.map { "{name: '\($0)', webhook_configs: [{url: 'http://x'}, {url: 'http://y'}]}" }
        let configuration = try parse(
            "route: {receiver: '\(names[0])'}\nreceivers: [\(receivers.joined(separator: ", "))]")
        #expect(Set(configuration.receivers.map(\.id)).count == 4)
        #expect(configuration.receivers.allSatisfy { $0.id.utf8.count == 120 })
    }

    @Test func templatesAreFound() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        let inner = folder.appendingPathComponent("inner")
        try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for file in ["b.tmpl", "a.tmpl", "c.txt", "inner/d.tmpl"] {
            try "x".write(to: folder.appendingPathComponent(file), atomically: true, encoding: .utf8)
        }
        let text =
            "templates: ['*.tmpl', 'in?er/[a-d].tmpl', a.tmpl, none.tmpl]\nroute: {receiver: a}\nreceivers: [{name: a}]"
        let path = folder.appendingPathComponent("am.yml")
        try text.write(to: path, atomically: true, encoding: .utf8)
        let files = try AlertmanagerFile.load(path: path.path).templateFiles
        #expect(files == ["a.tmpl", "b.tmpl", "inner/d.tmpl"].map { folder.path + "/" + $0 })
    }
}

/// How a file of Alertmanager's is told from one of a tenant.
struct AlertmanagerRecognitionTests {
    @Test(arguments: [
        ("route: {receiver: a}\nreceivers: [{name: a}]", true),
        ("global: {}\nroute: {receiver: a}\nreceivers: [{name: a, slack_configs: []}]\ntemplates: []", true),
        ("route: {receiver: a}\nreceivers: [{name: a, channel_type: slack}]", false),
        ("metadata: {}\nroute: {receiver: a}\nreceivers: [{name: a}]", false),
        ("route: {receiver: a}", false), ("receivers: [{name: a}]", false), ("[a]", false), ("", false),
    ])
    func filesAreToldApart(text: String, isOne: Bool) throws {
        let node = try #require(ConfigurationNode.parse(text, file: "x.yml", issues: IssueCollector()))
        #expect(AlertmanagerFile.isOne(node) == isOne)
    }
}
