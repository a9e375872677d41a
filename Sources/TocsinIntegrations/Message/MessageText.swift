import TocsinAlerts
import TocsinRouting

/// The words that messages to people share.
enum MessageText {
    /// `[FIRING:2] HighLatency (critical)`.
    static func title(_ notification: Notification) -> String {
        let count = notification.firing.count
        let status = notification.status == .firing ? "FIRING:\(count)" : "RESOLVED"
        let labels = notification.groupLabels.isEmpty ? notification.commonLabels : notification.groupLabels
        let name = labels["alertname"] ?? notification.commonLabels["alertname"]
        let words = name.map { [$0] } ?? labels.labels.prefix(3).map(\.value)
        let severity = notification.commonLabels["severity"].map { " (\($0))" } ?? ""
        return "[\(status)] " + (words.isEmpty ? "Alerts" : words.joined(separator: " ")) + severity
    }

    /// What one alert says: its summary, else its description, else its name.
    static func line(_ alert: Alert) -> String {
        alert.annotations["summary"] ?? alert.annotations["description"] ?? alert.labels["alertname"] ?? "Alert"
    }

    /// The labels of an alert that not all alerts of its notification have.
    static func differing(_ alert: Alert, in notification: Notification) -> String {
        differing(alert, from: shared(notification))
    }

    /// The labels of an alert that not all alerts of its notification have.
    ///
    /// - Parameter common: Those that all have, which take long to find out, as ``shared(_:)`` tells.
    static func differing(_ alert: Alert, from common: LabelSet) -> String {
        alert.labels.labels.filter { common[$0.name] != $0.value }.map { "\($0.name)=\($0.value)" }
            .joined(separator: " ")
    }

    /// The labels that need not be repeated for each alert: those that all have.
    static func shared(_ notification: Notification) -> LabelSet {
        notification.alerts.count > 1 ? notification.commonLabels : notification.groupLabels
    }

    /// The worst severity among the alerts told.
    static func severity(_ notification: Notification) -> Severity {
        notification.alerts.map { Severity(of: $0.alert.labels) }.max() ?? .critical
    }
}
