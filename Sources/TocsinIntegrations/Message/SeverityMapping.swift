import TocsinAlerts
import TocsinRouting

/// What vendors call a severity: one row of the table that all of them share.
///
/// Alerts that ended have a row of their own.
struct SeverityMapping: Sendable {
    /// The name and number of OpenTelemetry's log data model.
    struct Log: Sendable {
        let number: Int
        let text: String
    }

    let pagerDuty: String
    let opsgenie: String
    let victorOps: String
    /// `alert_type` of version 1 of Datadog's interface.
    let datadogAlertType: String
    /// `status` of version 2.
    let datadogStatus: String
    let datadogPriority: String
    let xMatters: String
    let zendesk: String
    let serviceNowUrgency: Int
    let serviceNowImpact: Int
    let pushover: Int
    let ntfy: Int
    let log: Log

    private static let critical = SeverityMapping(
        pagerDuty: "critical", opsgenie: "P1", victorOps: "CRITICAL", datadogAlertType: "error",
        datadogStatus: "error", datadogPriority: "1", xMatters: "HIGH", zendesk: "urgent", serviceNowUrgency: 1,
        serviceNowImpact: 1, pushover: 2, ntfy: 5, log: Log(number: 21, text: "FATAL"))
    private static let error = SeverityMapping(
        pagerDuty: "error", opsgenie: "P2", victorOps: "CRITICAL", datadogAlertType: "error",
        datadogStatus: "error", datadogPriority: "2", xMatters: "HIGH", zendesk: "high", serviceNowUrgency: 1,
        serviceNowImpact: 2, pushover: 1, ntfy: 4, log: Log(number: 17, text: "ERROR"))
    private static let warning = SeverityMapping(
        pagerDuty: "warning", opsgenie: "P3", victorOps: "WARNING", datadogAlertType: "warning",
        datadogStatus: "warn", datadogPriority: "3", xMatters: "MEDIUM", zendesk: "normal", serviceNowUrgency: 2,
        serviceNowImpact: 2, pushover: 0, ntfy: 3, log: Log(number: 13, text: "WARN"))
    private static let info = SeverityMapping(
        pagerDuty: "info", opsgenie: "P5", victorOps: "INFO", datadogAlertType: "info", datadogStatus: "ok",
        datadogPriority: "5", xMatters: "LOW", zendesk: "low", serviceNowUrgency: 3, serviceNowImpact: 3,
        pushover: -1, ntfy: 2, log: Log(number: 9, text: "INFO"))
    private static let resolved = SeverityMapping(
        pagerDuty: "info", opsgenie: "P5", victorOps: "RECOVERY", datadogAlertType: "success", datadogStatus: "ok",
        datadogPriority: "5", xMatters: "LOW", zendesk: "low", serviceNowUrgency: 3, serviceNowImpact: 3,
        pushover: -1, ntfy: 2, log: Log(number: 9, text: "INFO"))

    /// The row of an alert or a group.
    static func row(_ severity: Severity, _ status: AlertStatus) -> SeverityMapping {
        guard status == .firing else { return resolved }
        return switch severity {
        case .critical: critical
        case .error: error
        case .warning: warning
        case .info, .none: info
        }
    }

    /// The row of the worst of the alerts that a notification tells of.
    static func row(of notification: Notification) -> SeverityMapping {
        let told = notification.status == .firing ? notification.firing : notification.alerts
        return row(told.map { Severity(of: $0.alert.labels) }.max() ?? .critical, notification.status)
    }
}
