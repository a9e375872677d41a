import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations
import TocsinTesting

/// Receivers and notifications for tests of one vendor.
enum MadeIntegration {
    /// Makes a receiver from its settings in YAML, on one line.
    static func make(_ kind: String, _ settings: String) throws -> any Integration {
        let (made, issues) = try makeWithIssues(kind, settings)
        return try #require(made, "\(issues)")
    }

    /// The same, with what is wrong.
    static func makeWithIssues(
        _ kind: String, _ settings: String
    ) throws -> (made: (any Integration)?, issues: [ConfigurationIssue]) {
        let directory = try TemporaryDirectory()
        try directory.write(
            "acme:\n  receivers:\n    - name: team\n      channel_type: \(kind)\n      config: \(settings)\n",
            to: "receivers.yaml")
        let main = try directory.write("", to: "tocsin.yaml")
        let (configuration, loading) = ConfigurationLoader.load(path: main, environment: [:])
        let tenant = try #require(configuration?.tenants.values.first, "\(loading)")
        let issues = IssueCollector()
        let made = IntegrationRegistry.standard.make(
            try #require(tenant.receivers.first), tenant: tenant.id, issues: issues,
            environment: SecretSource(environment: [:], baseDirectory: "/"))
        return (made, issues.issues)
    }

    /// A notification of alerts that all say the same.
    static func notification(
        _ summary: String = "s", count: Int = 1, status: AlertStatus = .firing,
        reason: NotificationReason = .firstNotification, labels: [(String, String)] = []
    ) throws -> TocsinAlerts.Notification {
        let now = GeneratedNotification.now
        let alerts = (0..<count).map { index in
            let alert = Alert(
                labels: LabelSet(labels + [("alertname", "Disk"), ("instance", "db-\(index)"), ("team", "db")]),
                annotations: LabelSet([("summary", summary), ("runbook_url", "https://run.example/a_b?c=(d)&e=*f*")]),
                startsAt: now, endsAt: now + .seconds(60), updatedAt: now, generatorURL: "", timeout: false)
            return NotifiedAlert(alert: alert, status: status)
        }
        return Notification(
            id: NotificationID("0b1c"), tenant: try #require(TenantID("acme")), receiver: "team",
            groupKey: "{}:{alertname=\"Disk\"}", groupLabels: LabelSet([("alertname", "Disk")]), alerts: alerts,
            truncatedAlerts: 0, reason: reason, externalURL: "http://t", createdAt: now, sequence: 1)
    }

    /// An attempt to tell of a notification.
    static func delivery(
        _ notification: TocsinAlerts.Notification, memory: VendorMemory = VendorMemory()
    ) -> Delivery { Delivery(notification, memory: memory, now: GeneratedNotification.now) }
}

extension DeliveryRequest {
    /// The body as JSON.
    func json() throws -> [String: JSONValue] {
        let value = try JSONSerialization.jsonObject(with: Data(body))
        return try #require(JSONValue(value).object)
    }

    /// The value of a header, whose name is in any case.
    func header(_ name: String) -> String? {
        headers.first { $0.name.lowercased() == name.lowercased() }?.value.reveal()
    }
}

extension JSONValue {
    /// A member or an item.
    subscript(_ name: String) -> JSONValue? { object?[name] }

    subscript(_ index: Int) -> JSONValue? { array.flatMap { $0.indices.contains(index) ? $0[index] : nil } }

    /// All objects in it, however deep, that have this member.
    func objects(with name: String) -> [[String: JSONValue]] {
        switch self {
        case .object(let members):
            (members[name] == nil ? [] : [members]) + members.values.flatMap { $0.objects(with: name) }
        case .array(let items): items.flatMap { $0.objects(with: name) }
        default: []
        }
    }
}
