import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations
import TocsinTesting

/// Receivers as users write them, notifications of two alerts, and what requests say.
enum TestReceiver {
    static let now = Timestamp(milliseconds: 1_800_000_000_000)

    /// Tells of `count` alerts `Disk` of the team `db`, that are all critical.
    static func notification(
        _ reason: NotificationReason = .firstNotification, status: AlertStatus = .firing, summary: String = "full",
        count: Int = 2, id: String = "0b1c"
    ) throws -> TocsinAlerts.Notification {
        let alerts = (0..<count).map { index in
            NotifiedAlert(
                alert: Alert(
                    labels: LabelSet([
                        ("alertname", "Disk"), ("instance", "db-\(index)"), ("severity", "critical"), ("team", "db"),
                    ]),
                    annotations: LabelSet([
                        ("summary", summary), ("runbook_url", "https://run.example/a_(b)?c=d&e"),
                    ]), startsAt: now, endsAt: now + .seconds(60), updatedAt: now, generatorURL: "", timeout: true),
                status: status)
        }
        return Notification(
            id: NotificationID(id), tenant: try #require(TenantID("acme")), receiver: "team", groupKey: "{}:{a=\"b\"}",
            groupLabels: LabelSet([("alertname", "Disk")]), alerts: alerts, truncatedAlerts: 0, reason: reason,
            externalURL: "http://t", createdAt: now, sequence: 1)
    }

    /// An attempt to tell of it.
    static func delivery(
        _ reason: NotificationReason = .firstNotification, status: AlertStatus = .firing, summary: String = "full",
        id: String = "0b1c", memory: VendorMemory? = nil
    ) throws -> Delivery {
        Delivery(
            try notification(reason, status: status, summary: summary, id: id), memory: memory ?? VendorMemory(),
            now: now)
    }
}

extension DeliveryRequest {
    /// The body as JSON.
    var members: [String: Any] {
        get throws { try #require(try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any]) }
    }

    /// The members of a body that is a form.
    var form: [String: String] {
        let pairs = String(decoding: body, as: UTF8.self).split(separator: "&").map { pair in
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                $0.replacing("+", with: " ").removingPercentEncoding ?? ""
            }
            return (parts[0], parts.count > 1 ? parts[1] : "")
        }
        return Dictionary(pairs) { _, last in last }
    }

    /// Where it goes, as a person would say it.
    var line: String { method + " " + url.reveal() }

}
