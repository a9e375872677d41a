import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations

/// What Alertmanager's receivers send, against what Alertmanager 0.25 itself sent for the same file and alerts.
@Suite("Requests of Alertmanager's receivers")
struct AlertmanagerRequestTests {
    private static let receivers = [
        "webhook", "slack-defaults", "slack-full", "pagerduty-defaults", "pagerduty-full", "pagerduty-v1",
        "opsgenie-defaults", "opsgenie-full", "victorops-defaults", "victorops-full", "pushover-defaults",
        "pushover-full", "telegram-html", "telegram-plain", "discord", "webex", "sns", "sns-full",
    ]

    private static let now = Timestamp(milliseconds: 1_800_000_000_000)

    private func golden(_ name: String) throws -> URL {
        let folder = try #require(Bundle.module.url(forResource: "Contracts", withExtension: nil))
        return folder.appendingPathComponent("alertmanager-0.25/\(name)")
    }

    private func steps() throws -> [(name: String, requests: [String: [[String: Any]]])] {
        let data = try Data(contentsOf: golden("requests.json"))
        let whole = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
        return try #require(whole["steps"] as? [[String: Any]]).map {
            ($0["name"] as? String ?? "", $0["requests"] as? [String: [[String: Any]]] ?? [:])
        }
    }

    private func integration(_ name: String) throws -> any Integration {
        let configuration = try AlertmanagerFile.load(path: golden("alertmanager.yml").path)
        let receiver = try #require(configuration.receivers.first { $0.name == name })
        let issues = IssueCollector()
        let made = IntegrationRegistry.standard.make(
            receiver, tenant: try #require(TenantID("acme")), issues: issues,
            environment: SecretSource(environment: [:], baseDirectory: "/"))
        return try #require(made, "\(issues.issues)")
    }

    /// The notification that the webhook was told of, for another receiver.
    private func notification(_ body: [String: Any], receiver: String) throws -> TocsinAlerts.Notification {
        func labels(_ value: Any?) -> LabelSet { LabelSet((value as? [String: String] ?? [:]).map { ($0, $1) }) }
        func time(_ value: Any?) throws -> Timestamp {
            try #require(Timestamp(rfc3339: (value as? String ?? "").utf8))
        }
        let alerts = try #require(body["alerts"] as? [[String: Any]]).map { item in
            NotifiedAlert(
                alert: Alert(
                    labels: labels(item["labels"]), annotations: labels(item["annotations"]),
                    startsAt: try time(item["startsAt"]), endsAt: try time(item["endsAt"]),
                    updatedAt: AlertmanagerRequestTests.now, generatorURL: item["generatorURL"] as? String ?? "",
                    timeout: false), status: item["status"] as? String == "firing" ? .firing : .resolved)
        }
        return Notification(
            id: NotificationID("0b1c"), tenant: try #require(TenantID("acme")), receiver: receiver,
            groupKey: body["groupKey"] as? String ?? "", groupLabels: labels(body["groupLabels"]), alerts: alerts,
            truncatedAlerts: 0, reason: .firstNotification, externalURL: body["externalURL"] as? String ?? "",
            createdAt: AlertmanagerRequestTests.now, sequence: 1)
    }

    @Test("Every request is the one that Alertmanager sent", arguments: receivers)
    func requests(receiver: String) throws {
        let integration = try integration(receiver)
        var compared = 0
        for (step, requests) in try steps() {
            guard let expected = requests[receiver] else { continue }
            let told = try #require(requests["webhook"]?.first?["json"] as? [String: Any])
            // Each receiver has a route of its own, and with it a group key of its own.
            let notification = try notification(told, receiver: receiver)
            let made = try Walk(
                integration, Delivery(notification, now: AlertmanagerRequestTests.now),
                answers: Array(repeating: .answer(200), count: 8)
            ).requests
            #expect(made.count == expected.count, "\(step)")
            for (request, expected) in zip(made, expected) {
                try compare(request, with: expected, step: step)
                compared += 1
            }
        }
        #expect(compared >= 3)
    }

    private func compare(_ request: DeliveryRequest, with expected: [String: Any], step: String) throws {
        let url = try #require(URLComponents(string: request.url.reveal()))
        let target = url.percentEncodedPath + (url.percentEncodedQuery.map { "?" + $0 } ?? "")
        let wanted = expected["target"] as? String ?? ""
        let wantedPath = wanted.split(separator: "?").first.map(String.init) ?? ""
        #expect(request.method == expected["method"] as? String)
        #expect((url.host ?? "") + (url.port.map { ":\($0)" } ?? "") == expected["host"] as? String)
        if let json = expected["json"] {
            #expect(target == wanted, "\(step)")
            let made = try JSONSerialization.jsonObject(with: Data(request.body))
            #expect(text(made) == text(withoutGoZeroes(json)), "\(step)")
        } else {
            // Pushover's parameters are in the body here, where no proxy logs the secrets among them.
            #expect(url.percentEncodedPath == wantedPath)
            let body = expected["form"] as? String ?? ""
            let form = body.isEmpty ? String(wanted.drop { $0 != "?" }.dropFirst()) : body
            let made = String(decoding: request.body, as: UTF8.self)
            #expect(members(made) == members(form), "\(step)")
        }
        for (name, value) in expected["headers"] as? [String: String] ?? [:] where name == "Authorization" {
            #expect(request.headers.first { $0.name == name }?.value.reveal() == value)
            #expect(request.headers.first { $0.name == name }?.isSecret == true)
        }
    }

    /// One type in Go makes both versions of PagerDuty's events, so version 1 has empty members of version 2.
    private func withoutGoZeroes(_ json: Any) -> Any {
        guard var object = json as? [String: Any], object["service_key"] != nil else { return json }
        object["event_action"] = nil
        object["payload"] = nil
        return object
    }

    private func text(_ json: Any) -> String {
        let data = try? JSONSerialization.data(withJSONObject: json, options: [.sortedKeys, .prettyPrinted])
        return data.map { String(decoding: $0, as: UTF8.self) } ?? ""
    }

    /// The members without the empty one that Amazon's library for Go writes where there are no attributes.
    ///
    /// SNS refuses a subject that is long or of several lines, which Alertmanager sends all the same.
    private func members(_ form: String) -> [String] {
        form.split(separator: "&").filter { $0 != "MessageAttributes=" }.map {
            let member = String($0).replacing("+", with: " ").removingPercentEncoding ?? ""
            guard member.hasPrefix("Subject=") else { return member }
            let line = String(member.dropFirst(8).map { $0.isNewline || $0 == "\t" ? " " : $0 })
            return "Subject=" + line.prefix(80)
        }.sorted()
    }
}
