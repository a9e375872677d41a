import TocsinAlerts
import TocsinConfiguration
import TocsinCore

/// Keeps one issue a group in Jira, in the cloud and in a data center.
///
/// What a group is told first makes an issue; what changes becomes a comment, or with Alertmanager's texts is written
/// over the issue as Alertmanager does. When the group ends, the issue takes a transition.
///
/// Settings: Alertmanager's (`api_url`, `api_type`, `project`, `issue_type`, `summary`, `description`, `labels`,
/// `priority`, `fields`, `reopen_transition`, `reopen_duration`, `resolve_transition`, `wont_fix_resolution`), and
/// `email` with `api_token` or `api_token` alone for what otherwise stands in `http_config`. Without
/// `resolve_transition` the first transition that ends an issue is taken.
///
/// Sources: <https://developer.atlassian.com/cloud/jira/platform/rest/v3/>; Alertmanager 0.31, `notify/jira/jira.go`.
struct JiraIntegration: Integration {
    let door: JiraDoor
    let form: JiraIssueForm
    let rules: JiraRules
    private let zoneFile: ZoneFile

    init?(_ context: IntegrationContext) {
        zoneFile = context.zoneFile
        form = JiraIssueForm(context)
        rules = JiraRules(context.reader)
        guard let door = JiraDoor(context) else { return nil }
        self.door = door
    }

    func request(for notification: Notification, attempt: Int, now: Timestamp) throws -> DeliveryRequest {
        let render = MessageRenderer(notification, now: now, zoneFile: zoneFile)
        let body = try form.encode(notification, render, isUpdate: false, isVersion3: door.isVersion3)
        return door.request("POST", "issue", body: body)
    }

    func next(_ delivery: Delivery) throws -> DeliveryStep {
        let render = MessageRenderer(delivery.notification, now: delivery.now, zoneFile: zoneFile)
        return try JiraAttempt(integration: self, delivery: delivery, render: render).next()
    }

    func outcome(of response: DeliveryResponse, now: Timestamp) -> DeliveryOutcome {
        // Two changes of one issue met.
        if response.status == 409 {
            return .retry(after: RetryAfter.read(response, now: now), reason: .status(409))
        }
        let outcome = plain(response, now: now, authentication: [401, 403])
        guard case .delivered = outcome else { return outcome }
        return .delivered(vendorID: JiraIssue(response)?.key)
    }
}
