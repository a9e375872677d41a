import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations

@Suite("Verdicts of ticket systems and Twilio")
struct TicketVerdictTests {
    private static let key = "hunter2hunter2"

    static let receivers: [String: (kind: String, settings: String)] = [
        "jira": (
            "jira",
            "{api_url: 'https://j.example', project: OPS, issue_type: Bug, email: a@b.example, api_token: \(key)}"
        ),
        "servicenow": ("servicenow", "{instance_url: 'https://i.service-now.com', username: u, password: \(key)}"),
        "zendesk": ("zendesk", "{subdomain: acme, email: a@b.example, api_token: \(key)}"),
        "twilio-sms": (
            "twilio_sms",
            "{account_sid: AC\(String(repeating: "0", count: 32)), auth_token: \(key), from: '+15557654321', to: '+15551234567'}"
        ),
        "twilio-call": (
            "twilio_voice",
            "{account_sid: AC\(String(repeating: "0", count: 32)), auth_token: \(key), from: '+15557654321', to: '+15551234567'}"
        ),
    ]

    static func integration(_ name: String) throws -> any Integration {
        let family = ["-transition", "-update"].reduce(name) { $0.replacing($1, with: "") }
        let found = try #require(receivers[family])
        return try MadeIntegration.make(found.kind, found.settings)
    }

    @Test("Every documented answer means what its vendor says")
    func verdicts() throws {
        let whole = try JSONSerialization.jsonObject(with: Contract.data("responses-tickets.json")) as? [String: Any]
        let rows = try #require(whole?["rows"] as? [[String: Any]])
        #expect(rows.count == 36)
        for row in rows {
            let name = try #require(row["integration"] as? String)
            let body =
                try (row["body"] as? String).map { Array($0.utf8) }
                ?? Array(JSONSerialization.data(withJSONObject: row["body"] as Any))
            let response = DeliveryResponse(
                status: try #require(row["status"] as? Int),
                headers: (row["headers"] as? [String: String] ?? [:]).map { ($0.key.lowercased(), $0.value) },
                body: body)
            let outcome = try TicketVerdictTests.integration(name).outcome(of: response, now: GeneratedNotification.now)
            let word =
                switch outcome {
                case .delivered: "ok"
                case .retry: "retry"
                case .reject: "permanent"
                case .reauthenticate: "auth"
                case .disable: "disable"
                case .split: "split"
                }
            #expect(word == row["verdict"] as? String, "\(name) \(response.status) \(outcome)")
            if let hint = response.header("retry-after"), case .retry(let wait, _) = outcome {
                #expect(wait == .seconds(Int64(hint) ?? -1))
            }
        }
    }

    @Test("No secret is shown", arguments: receivers.keys.sorted())
    func masked(name: String) throws {
        let request = try TicketVerdictTests.integration(name).request(
            for: MadeIntegration.notification(), attempt: 1, now: GeneratedNotification.now)
        for text in [request.masked(), request.maskedJSON()] {
            #expect(!text.contains("hunter2") && text.contains("Disk"))
            #expect(!text.contains(Data("a@b.example:hunter2hunter2".utf8).base64EncodedString()))
        }
    }

    @Test(
        "What is wrong with settings is told once and clearly",
        arguments: [
            ("jira", "{api_url: 'https://j.example', issue_type: Bug}", "setting_missing", ""),
            ("jira", "{project: A, issue_type: Bug}", "setting_missing", ""),
            (
                "jira", "{api_url: 'https://j.example', project: A, issue_type: B, api_type: x}", "value_invalid",
                "api_type"
            ),
            ("jira", "{api_url: 'https://j.example', project: A, issue_type: B, email: e}", "setting_missing", "email"),
            ("servicenow", "{username: u}", "setting_missing", ""),
            ("servicenow", "{instance_url: 'https://i.example', table: a/b}", "value_invalid", "table"),
            ("servicenow", "{instance_url: 'https://i.example', fields: {sys_id: x}}", "value_invalid", "fields"),
            ("zendesk", "{subdomain: a.example, email: e, api_token: t}", "value_invalid", "subdomain"),
            ("zendesk", "{subdomain: a, email: e}", "setting_missing", ""),
            ("zendesk", "{subdomain: a, email: e, api_token: t, type: x}", "value_invalid", "type"),
            ("zendesk", "{subdomain: a, oauth_token: t, custom_fields: {x: y}}", "value_invalid", "custom_fields"),
            (
                "twilio_sms", "{account_sid: AC1, auth_token: t, from: f, to: '+15551234567'}", "value_invalid",
                "account_sid"
            ),
            (
                "twilio_sms", "{account_sid: AC00000000000000000000000000000000, from: f, to: '+15551234567'}",
                "setting_missing", ""
            ),
            (
                "twilio_sms", "{account_sid: AC00000000000000000000000000000000, auth_token: t, to: '+15551234567'}",
                "setting_missing", ""
            ),
            (
                "twilio_sms", "{account_sid: AC00000000000000000000000000000000, auth_token: t, from: f, to: '0155'}",
                "value_invalid", "to"
            ),
            (
                "twilio_voice", "{account_sid: AC00000000000000000000000000000000, auth_token: t, from: f}",
                "setting_missing", ""
            ),
        ])
    func issues(kind: String, settings: String, code: String, name: String) throws {
        let (made, issues) = try MadeIntegration.makeWithIssues(kind, settings)
        #expect(made == nil)
        let issue = try #require(issues.first)
        #expect(issues.count == 1, "\(issues)")
        #expect(issue.code == code && issue.path == "acme.receivers[0].config" + (name.isEmpty ? "" : ".\(name)"))
    }
}
