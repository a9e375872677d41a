import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinDispatch
import TocsinIntegrations
import TocsinTesting

@Suite("Templates of a tenant")
struct TenantTemplatesTests {
    private func plan(
        template: String, in directory: TemporaryDirectory
    ) throws -> (plan: TenantPlan, issues: [ConfigurationIssue]) {
        try directory.write(template, to: "own.tmpl")
        try directory.write(
            """
            acme:
              templates: ["*.tmpl"]
              receivers:
                - {name: chat, channel_type: discord, config: {webhook_url: "https://d.example/x"}}
            """, to: "receivers.yaml")
        let main = try directory.write("", to: "tocsin.yaml")
        let (configuration, loading) = ConfigurationLoader.load(path: main, environment: [:])
        let tenant = try #require(configuration?.tenants.values.first, "\(loading)")
        let issues = IssueCollector()
        let secrets = SecretSource(environment: [:], baseDirectory: "/")
        return (TenantPlan(tenant, externalURL: "", issues: issues, secrets: secrets), issues.issues)
    }

    @Test("Receivers use the templates in the tenant's files")
    func used() throws {
        let directory = try TemporaryDirectory()
        let text = #"{{ define "discord.default.title" }}own {{ .Status }}{{ end }}"#
        let (plan, issues) = try plan(template: text, in: directory)
        #expect(issues.isEmpty)
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let alert = Alert(
            labels: LabelSet([("alertname", "A")]), annotations: LabelSet(), startsAt: now, endsAt: now,
            updatedAt: now, generatorURL: "", timeout: false)
        let notification = Notification(
            id: NotificationID("1"), tenant: plan.tenant, receiver: "chat", groupKey: "{}:{}", groupLabels: LabelSet(),
            alerts: [NotifiedAlert(alert: alert, status: .firing)], truncatedAlerts: 0, reason: .firstNotification,
            externalURL: "", createdAt: now, sequence: 1)
        let integration = try #require(plan.receivers["chat"]?.integration)
        let body = try integration.request(for: notification, attempt: 1, now: now).body
        #expect(String(decoding: body, as: UTF8.self).contains(#""title":"own firing""#))
    }

    @Test("A file that is wrong is told with its line")
    func wrong() throws {
        let directory = try TemporaryDirectory()
        let (_, issues) = try plan(template: "{{ define \"a\" }}\n{{ end }}\n{{ .Status ", in: directory)
        let issue = try #require(issues.first)
        #expect(issues.count == 1 && issue.code == "template_invalid" && issue.path == "acme.templates")
        #expect(issue.location.file.hasSuffix("/own.tmpl") && issue.location.line == 3)
    }
}
