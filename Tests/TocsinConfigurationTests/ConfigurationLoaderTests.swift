import Foundation
import Testing
import TocsinConfiguration
import TocsinCore
import TocsinRouting
import TocsinTesting

@Suite("Configuration files")
struct ConfigurationLoaderTests {
    private func load(
        _ receivers: String, server: String = "", tenants: [String: String] = [:]
    ) throws -> (configuration: TocsinConfiguration?, issues: [ConfigurationIssue]) {
        let directory = try TemporaryDirectory()
        let main = try directory.write(server, to: "tocsin.yaml")
        try directory.write(receivers, to: "receivers.yaml")
        if !tenants.isEmpty {
            try FileManager.default.createDirectory(
                atPath: directory.file("tenants"), withIntermediateDirectories: true)
        }
        for (name, text) in tenants { try directory.write(text, to: "tenants/\(name).yaml") }
        return ConfigurationLoader.load(path: main, environment: [:])
    }

    private static let acme = """
        acme-premium:
          metadata:
            name: "Acme Premium Services"
            tier: "premium"
            sla_level: "99.99%"
            contact_team: "premium-sre@acme.example"
          receivers:
            - name: "critical-alerts-premium"
              channel_type: "pagerduty"
              enabled: true
              min_severity: "critical"
              config:
                integration_key: "${PD_INTEGRATION_PREMIUM_CRITICAL}"
                escalation_policy: "premium_critical_p1"
                auto_resolve: true
            - name: "custom"
              channel_type: "webhook"
              config:
                url: "https://custom-webhook.acme.example/alerts"
                method: "POST"
                headers: {"Authorization": "Bearer ${API_TOKEN}"}
                timeout: 30
        """

    @Test(
        "A short file that stands for endless values by aliases of aliases is refused",
        arguments: ["last: *a30", "? *a30\n: x", "? [*a30, *a30]\n: x", "{*a30 : x}"])
    func aliases(use: String) throws {
        var text = "a0: &a0 [x, x]\n"
        for level in 1...30 { text += "a\(level): &a\(level) [*a\(level - 1), *a\(level - 1)]\n" }
        let (configuration, issues) = try load("acme:\n  receivers: []\n", tenants: ["acme": text + use + "\n"])
        #expect(configuration == nil)
        #expect(issues.contains { $0.code == "yaml_invalid" && $0.message.contains("aliases") }, "\(issues)")
    }

    @Test("Aliases that are used within reason are followed")
    func fewAliases() throws {
        let text = """
            acme:
              receivers:
                - &first {name: a, channel_type: webhook, config: &hook {url: "https://example.org/"}}
                - {name: b, channel_type: webhook, config: *hook}

            """
        let (configuration, issues) = try load(text)
        #expect(issues.isEmpty, "\(issues)")
        #expect(configuration?.tenants.values.first?.receivers.map(\.name) == ["a", "b"])
    }

    @Test("A tenant's file loads as it stands, with safe defaults")
    func loads() throws {
        let (configuration, issues) = try load(ConfigurationLoaderTests.acme)
        #expect(issues.isEmpty, "\(issues)")
        let tenant = try #require(configuration?.tenants.values.first)
        #expect(tenant.weight == 4 && tenant.metadata.slaLevel == "99.99%")
        #expect(tenant.receivers.map(\.channelType) == ["pagerduty", "webhook"])
        #expect(tenant.receivers[0].minSeverity == .critical && tenant.receivers[1].timeout == .seconds(30))
        #expect(tenant.route.receivers == ["critical-alerts-premium", "custom"])
        #expect(configuration?.server.ingest.requireToken == true && configuration?.server.ingest.host == "127.0.0.1")
    }

    @Test(
        "What is wrong is told with its place and what was expected",
        arguments: [
            ("acme:\n  recievers: []\n", 2, 3, "setting_unknown", "receivers"),
            (
                "acme:\n  receivers:\n    - name: a\n      channel_type: webhook\n      enabled: perhaps\n", 5, 16,
                "value_invalid", "true or false"
            ),
            ("acme:\n  receivers:\n    - channel_type: webhook\n", 3, 7, "setting_missing", "name"),
            (
                "acme:\n  route: {receiver: hok}\n  receivers: [{name: hook, channel_type: webhook}]\n", 2, 21,
                "receiver_unknown", "hook"
            ),
            (
                "acme:\n  route: {matchers: ['a=~(']}\n  receivers: [{name: h, channel_type: webhook}]\n", 2, 21,
                "matcher_invalid", "missing closing )"
            ),
            ("acme:\n  durability: replicated:0\n", 2, 15, "value_invalid", "replicated:n with n from 1 to 8"),
            ("Acme: {}\n", 1, 1, "tenant_invalid", "small letters"),
            ("a: [\n", 2, 1, "yaml_invalid", "YAML"),
        ] as [(String, Int, Int, String, String)])
    func issues(text: String, line: Int, column: Int, code: String, word: String) throws {
        let (configuration, issues) = try load(text)
        #expect(configuration == nil)
        let found = issues.first { $0.code == code }
        #expect(found?.location.line == line && found?.location.column == column, "\(issues)")
        #expect(found?.message.contains(word) == true, "\(issues)")
    }

    @Test("A tenant may have a file of its own, but not two")
    func split() throws {
        let own = "receivers: [{name: c, channel_type: console}]\n"
        #expect(
            try load("a: {receivers: [{name: c, channel_type: console}]}", tenants: ["b": own]).configuration?.tenants
                .count == 2)
        let twice = try load("a: {receivers: [{name: c, channel_type: console}]}", tenants: ["a": own])
        #expect(twice.configuration == nil && twice.issues.contains { $0.code == "tenant_twice" })
    }

    @Test("A tenant's durability and the bounds of what a node keeps for a failover are read")
    func durability() throws {
        let durability = try load("a: {durability: 'replicated:2', receivers: [{name: c, channel_type: console}]}")
        #expect(durability.configuration?.tenants.values.first?.durability == .replicated(2))
        let ingest = try #require(durability.configuration?.server.ingest)
        #expect(ingest.ringTime == .seconds(60) && ingest.ringBytes == 64 << 20 && ingest.ringJournal == nil)
        #expect(ingest.confirmTimeout == .seconds(1) && ingest.memoryShare == 0.9)
    }

    @Test("Secrets are not printed with what holds them")
    func secrets() {
        let source = SecretSource(environment: ["KEY": "hunter2"], baseDirectory: "/")
        #expect(!"\(source)".contains("hunter2") && !String(reflecting: source).contains("hunter2"))
        #expect(!"\([source])".contains("hunter2"))
    }
}
