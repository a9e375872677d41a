import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinTemplates
import TocsinTesting

@testable import TocsinIntegrations

@Suite("The guide to writing an integration")
struct GuideTests {
    @Test("Its example is the one above, which compiles and works")
    func example() throws {
        let here = URL(fileURLWithPath: #filePath)
        let guide = here.deletingLastPathComponent().appendingPathComponent(
            "../../Sources/tocsin/Tocsin.docc/WritingAnIntegration.md")
        let code = try #require(
            try String(contentsOf: guide, encoding: .utf8).components(separatedBy: "```swift\n").dropFirst().first?
                .components(separatedBy: "```").first)
        let example = try #require(code.range(of: "/// Posts a line").map { code[$0.lowerBound...] })
        let lampFile = here.deletingLastPathComponent().appendingPathComponent("LampIntegration.swift")
        #expect(try String(contentsOf: lampFile, encoding: .utf8).hasSuffix(example))
        let directory = try TemporaryDirectory()
        try directory.write(
            "acme: {receivers: [{name: l, channel_type: lamp, config: {url: 'https://lamp.example/1'}}]}",
            to: "receivers.yaml")
        let main = try directory.write("", to: "tocsin.yaml")
        let (configuration, issues) = ConfigurationLoader.load(path: main, environment: [:])
        let receiver = try #require(configuration?.tenants.values.first?.receivers.first, "\(issues)")
        let tenant = try #require(TenantID("acme"))
        let found = IssueCollector()
        let reader = MappingReader(
            receiver.config, path: receiver.configPath, issues: found,
            environment: SecretSource(environment: [:], baseDirectory: "/"))
        let lamp = try #require(
            LampIntegration(
                IntegrationContext(
                    reader: reader, templates: IntegrationRegistry.defaultTemplates, zoneFile: { _ in nil })))
        reader.finish()
        #expect(found.issues.isEmpty)
        let now = Timestamp(milliseconds: 1_800_000_000_000)
        let alert = Alert(
            labels: LabelSet([("alertname", "Disk")]), annotations: LabelSet(), startsAt: now, endsAt: .unset,
            updatedAt: now, generatorURL: "", timeout: false)
        let notification = TocsinAlerts.Notification(
            id: NotificationID("1"), tenant: tenant, receiver: "l", groupKey: "{}:{}", groupLabels: LabelSet(),
            alerts: [NotifiedAlert(alert: alert, status: .firing)], truncatedAlerts: 0, reason: .firstNotification,
            externalURL: "", createdAt: now, sequence: 1)
        let walk = try Walk(lamp, Delivery(notification, now: now), answers: [.answer(200)])
        #expect(walk.requests.map { String(decoding: $0.body, as: UTF8.self) } == [#"{"line":"Disk is firing"}"#])
        #expect(walk.requests.first?.paces.first?.perSecond == 2)
        #expect(walk.outcome == .delivered(vendorID: nil))
    }
}
