import Crypto
import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@Suite("Integrations")
struct IntegrationTests {
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)
    private static let secret = Data(repeating: 7, count: 32)

    private static let receivers = """
        acme:
          receivers:
            - {name: webhook, channel_type: webhook, config: {url: "https://h.example/a/b", headers: {X-Key: "${KEY}"}, signing_secret: "whsec_\(secret.base64EncodedString())"}}
            - {name: slack, channel_type: slack, config: {webhook_url: "https://hooks.slack.com/services/T/B/xyz"}}
            - {name: slack-postmessage, channel_type: slack, config: {token: "${KEY}", channel: "#ops"}}
            - {name: slack-update, channel_type: slack, config: {token: "${KEY}", channel: "#ops"}}
            - {name: pagerduty, channel_type: pagerduty, config: {integration_key: "${KEY}", escalation_policy: p1}}
            - {name: pagerduty-texts, channel_type: pagerduty, config: {service_key: "${KEY}", class: Disk}}
            - {name: slack-texts, channel_type: slack, config: {app_token: "${KEY}", channel: "#o", title: "Disk"}}
            - {name: opsgenie, channel_type: opsgenie, config: {api_key: "${KEY}"}}
            - {name: jsm, channel_type: jsm, config: {api_key: "${KEY}"}}
            - {name: xmatters, channel_type: xmatters, config: {url: "https://x.example/services/T/B?apiKey=${KEY}"}}
            - {name: datadog-v1, channel_type: datadog, config: {api_key: "${KEY}"}}
            - {name: datadog-v2, channel_type: datadog, config: {api: v2, api_key: "${KEY}", app_key: "${KEY}"}}
            - {name: newrelic, channel_type: newrelic, config: {account_id: 1, license_key: "${KEY}"}}
            - {name: newrelic-otlp, channel_type: newrelic, config: {api: otlp, license_key: "${KEY}"}}
            - {name: splunk-hec, channel_type: splunk_hec, config: {url: "https://s.example:8088", token: "${KEY}"}}
            - {name: grafana-oncall, channel_type: grafana_oncall, config: {url: "https://g.example/services/T/B/"}}
            - {name: pagerduty-change, channel_type: pagerduty, config: {routing_key: "${KEY}", event: change}}
            - {name: victorops, channel_type: victorops, config: {api_key: "${KEY}", routing_key: team}}
            - {name: pushover, channel_type: pushover, config: {user_key: u, token: "${KEY} &", title: Disk}}
            - {name: telegram, channel_type: telegram, config: {bot_token: "${KEY}", chat_id: "@ops"}}
            - {name: discord, channel_type: discord, config: {webhook_url: "https://discord.com/services/T/B"}}
            - {name: webex, channel_type: webex, config: {room_id: r, message: Disk, http_config: {authorization: {credentials: "${KEY}"}}}}
            - {name: teams, channel_type: msteamsv2, config: {webhook_url: "https://teams.example/services/T/B"}}
            - {name: msteams, channel_type: msteams, config: {webhook_url: "https://teams.example/services/T/B"}}
            - {name: mattermost, channel_type: mattermost, config: {webhook_url: "https://m.example/services/T/B"}}
            - {name: mattermost-api, channel_type: mattermost, config: {server_url: "https://m.example", token: "${KEY}", channel_id: c1}}
            - {name: matrix, channel_type: matrix, config: {server_url: "https://x.example", token: "${KEY}", room_id: "!r:x.example"}}
            - {name: ntfy, channel_type: ntfy, config: {topic: alerts, token: "${KEY}"}}
            - {name: rocketchat-webhook, channel_type: rocketchat, config: {webhook_url: "https://r.example/services/T/B"}}
            - {name: rocketchat, channel_type: rocketchat, config: {token: "${KEY}", token_id: "${KEY}", channel: Disk}}
            - {name: incidentio, channel_type: incidentio, config: {url: "https://i.example/a/b", alert_source_token: "${KEY}"}}
            - {name: aws-sns, channel_type: sns, config: {topic_arn: "a:Disk", sigv4: {region: eu-central-1, access_key: A, secret_key: "${KEY}"}}}
        """

    private func integration(_ name: String) throws -> any Integration {
        let directory = try TemporaryDirectory()
        try directory.write(IntegrationTests.receivers, to: "receivers.yaml")
        let main = try directory.write("", to: "tocsin.yaml")
        let (configuration, issues) = ConfigurationLoader.load(path: main, environment: [:])
        let tenant = try #require(configuration?.tenants.values.first, "\(issues)")
        let receiver = try #require(tenant.receivers.first { $0.name == name })
        let found = IssueCollector()
        let made = IntegrationRegistry.standard.make(
            receiver, tenant: tenant.id, issues: found,
            environment: SecretSource(environment: ["KEY": "hunter2hunter2"], baseDirectory: "/"))
        return try #require(made, "\(found.issues)")
    }

    private func notification(_ count: Int, status: AlertStatus = .firing) throws -> TocsinAlerts.Notification {
        let alerts = (0..<count).map { index in
            let alert = Alert(
                labels: LabelSet([("alertname", "Disk <full>"), ("instance", "db-\(index)"), ("severity", "critical")]),
                annotations: LabelSet([("summary", String(repeating: "👩‍👩‍👧 & more ", count: 300))]),
                startsAt: IntegrationTests.now, endsAt: IntegrationTests.now + .seconds(60),
                updatedAt: IntegrationTests.now, generatorURL: "http://p/graph", timeout: true)
            return NotifiedAlert(alert: alert, status: status)
        }
        return Notification(
            id: NotificationID("0b1c"), tenant: try #require(TenantID("acme")), receiver: "r", groupKey: "{}:{a=\"b\"}",
            groupLabels: LabelSet([("alertname", "Disk <full>")]), alerts: alerts, truncatedAlerts: 0,
            reason: .firstNotification, externalURL: "http://t", createdAt: IntegrationTests.now, sequence: 1)
    }

    private struct Row {
        let integration: String
        let response: DeliveryResponse
        let verdict: String
    }

    private func rows() throws -> [Row] {
        let file = try #require(Bundle.module.url(forResource: "Contracts/responses", withExtension: "json"))
        let whole = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        return try #require(whole["rows"] as? [[String: Any]]).map { row in
            let headers = (row["headers"] as? [String: String] ?? [:]).map {
                (name: $0.key.lowercased(), value: $0.value)
            }
            let body =
                try (row["body"] as? String).map { Array($0.utf8) }
                ?? Array(JSONSerialization.data(withJSONObject: row["body"] as Any))
            return Row(
                integration: row["integration"] as? String ?? "",
                response: DeliveryResponse(status: row["status"] as? Int ?? 0, headers: headers, body: body),
                verdict: row["verdict"] as? String ?? "")
        }
    }

    @Test("Every documented answer means what its vendor says")
    func verdicts() throws {
        for row in try rows() {
            let outcome = try integration(row.integration).outcome(of: row.response, now: IntegrationTests.now)
            let word =
                switch outcome {
                case .delivered: "ok"
                case .retry: "retry"
                case .reject: "permanent"
                case .disable: row.verdict == "auth" ? "auth" : "disable"
                case .reauthenticate: "auth"
                case .split: "split"
                }
            #expect(word == row.verdict, "\(row.integration) \(row.response.status) \(outcome)")
            if let hint = row.response.header("retry-after"), case .retry(let wait, _) = outcome {
                #expect(wait == .seconds(Int64(hint) ?? -1))
            }
        }
    }

    @Test(
        "No secret is shown",
        arguments: [
            "webhook", "slack", "slack-postmessage", "pagerduty", "pagerduty-texts", "slack-texts", "opsgenie",
            "victorops", "pushover", "telegram", "discord", "webex", "teams", "msteams", "mattermost", "rocketchat",
            "incidentio", "aws-sns", "mattermost-api", "matrix", "ntfy", "rocketchat-webhook", "jsm",
            "xmatters", "datadog-v1", "datadog-v2", "newrelic", "newrelic-otlp", "splunk-hec", "grafana-oncall",
            "pagerduty-change",
        ])
    func masked(name: String) throws {
        let request = try integration(name).request(for: notification(2), attempt: 1, now: IntegrationTests.now)
        for text in [request.masked(), request.maskedJSON()] {
            #expect(!text.contains("hunter2") && !text.contains("services/T/B") && !text.contains("/a/b"))
            #expect(text.contains("Disk"))
        }
    }

    @Test("A webhook is signed as Standard Webhooks says, with a stable id")
    func signature() throws {
        let request = try integration("webhook").request(for: notification(1), attempt: 3, now: IntegrationTests.now)
        let headers = Dictionary(
            uniqueKeysWithValues: request.headers.map { ($0.name.lowercased(), $0.value.reveal()) })
        #expect(headers["webhook-id"] == "0b1c" && headers["idempotency-key"] == "0b1c")
        let signed = Array("0b1c.\(headers["webhook-timestamp"] ?? "").".utf8) + request.body
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: SymmetricKey(data: IntegrationTests.secret))
        #expect(headers["webhook-signature"] == "v1," + Data(code).base64EncodedString())
    }
}
