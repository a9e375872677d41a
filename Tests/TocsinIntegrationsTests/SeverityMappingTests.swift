import Testing
import TocsinAlerts
import TocsinRouting

@testable import TocsinIntegrations

@Suite("What vendors call severities")
struct SeverityMappingTests {
    /// A severity, or `nil` for what has ended, and its names.
    private static let rows: [(Severity?, String)] = [
        (.critical, "critical P1 CRITICAL error error 1 urgent 1 1 2 5 21"),
        (.error, "error P2 CRITICAL error error 2 high 1 2 1 4 17"),
        (.warning, "warning P3 WARNING warning warn 3 normal 2 2 0 3 13"),
        (.info, "info P5 INFO info ok 5 low 3 3 -1 2 9"), (Severity.none, "info P5 INFO info ok 5 low 3 3 -1 2 9"),
        (nil, "info P5 RECOVERY success ok 5 low 3 3 -1 2 9"),
    ]

    @Test("Each has its name with each vendor", arguments: rows)
    func names(severity: Severity?, names: String) {
        let row = SeverityMapping.row(severity ?? .critical, severity == nil ? .resolved : .firing)
        let made: [Any] = [
            row.pagerDuty, row.opsgenie, row.victorOps, row.datadogAlertType, row.datadogStatus, row.datadogPriority,
            row.zendesk, row.serviceNowUrgency, row.serviceNowImpact, row.pushover, row.ntfy, row.log.number,
        ]
        #expect(made.map { "\($0)" }.joined(separator: " ") == names)
    }

    @Test("A notification has the severity of the worst alert that fires")
    func worst() throws {
        let mild = try MadeIntegration.notification(labels: [("severity", "warning")]).alerts
        let ended = try MadeIntegration.notification(status: .resolved, labels: [("severity", "critical")]).alerts
        let notification = try MadeIntegration.notification().telling(mild + ended)
        #expect(SeverityMapping.row(of: notification).opsgenie == "P3")
        #expect(SeverityMapping.row(of: notification.telling(ended)).victorOps == "RECOVERY")
    }
}
