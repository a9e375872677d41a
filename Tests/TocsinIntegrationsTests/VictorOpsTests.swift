import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore

@testable import TocsinIntegrations

@Suite("Splunk On-Call")
struct VictorOpsTests {
    private func walk(_ delivery: Delivery, _ more: String = "", answers: DeliveryResponse...) throws -> Walk {
        try Walk(
            MadeIntegration.make("victorops", "{api_key: key, routing_key: team a\(more)}"), delivery, answers: answers)
    }

    @Test("An incident is opened and recovers under one entity")
    func life() throws {
        let answer = DeliveryResponse.answer(200, #"{"result": "success", "entity_id": "e"}"#)
        let begin = try walk(
            TestReceiver.delivery(summary: "94 % full"), ", custom_fields: {tenant: t}", answers: answer)
        let request = try #require(begin.requests.first)
        #expect(
            request.line == "POST https://alert.victorops.com/integrations/generic/20131114/alert/key/team%20a")
        let body = try request.json()
        #expect(body["message_type"]?.string == "CRITICAL" && body["monitoring_tool"]?.string == "Tocsin")
        #expect(body["entity_display_name"]?.string == "[FIRING:2] Disk (critical)")
        #expect(body["state_message"]?.string?.contains("🔥 94 % full") == true)
        #expect(body["state_start_time"]?.number == 1_800_000_000 && body["tenant"]?.string == "t")
        #expect(body["vo_annotate.u.Runbook"]?.string == "https://run.example/a_(b)?c=d&e")
        #expect(begin.outcome == .delivered(vendorID: "e"))
        let end = try walk(TestReceiver.delivery(.allResolved, status: .resolved)).requests[0].json()
        #expect(end["message_type"]?.string == "RECOVERY" && end["entity_id"] == body["entity_id"])
    }

    @Test(
        "The type follows the severity",
        arguments: [("error", "CRITICAL"), ("warning", "WARNING"), ("info", "INFO"), ("none", "INFO")])
    func severity(word: String, type: String) throws {
        let notification = try MadeIntegration.notification(labels: [("severity", word)])
        let body = try walk(MadeIntegration.delivery(notification)).requests[0].json()
        #expect(body["message_type"]?.string == type)
    }

    @Test("Somebody's work on an incident can be told")
    func acknowledge() throws {
        let made = try #require(
            MadeIntegration.make("victorops", "{api_key: key, routing_key: r}") as? VictorOpsIntegration)
        let notification = try TestReceiver.notification()
        let render = MessageRenderer(notification, now: TestReceiver.now, zoneFile: { _ in nil })
        let body = try made.alert.encode(.acknowledge, notification, render)
        #expect(String(decoding: body, as: UTF8.self).contains(#""message_type":"ACKNOWLEDGEMENT""#))
        #expect(try Contract.violations("victorops", body).isEmpty)
    }

    @Test("Links of one name are annotations of their own")
    func annotations() throws {
        let first = try MadeIntegration.notification("a").alerts
        let other = try GeneratedLink.alert("https://run.example/2")
        let notification = try MadeIntegration.notification("a").telling(first + [other])
        let body = try walk(MadeIntegration.delivery(notification)).requests[0].json()
        #expect(body["vo_annotate.u.Runbook"] != nil)
        #expect(body["vo_annotate.u.Runbook 2"]?.string == "https://run.example/2")
    }

    @Test("A refusal comes with 200, and a field of the vendor's own is no custom field")
    func refusals() throws {
        let refused = try walk(TestReceiver.delivery(), answers: .answer(200, #"{"result": "failure"}"#))
        #expect(refused.outcome == .reject(reason: FailureReason("vendor_refused")))
        let (made, issues) = try MadeIntegration.makeWithIssues(
            "victorops", "{api_key: k, routing_key: r, custom_fields: {entity_id: x}}")
        #expect(made == nil && issues.map(\.code) == ["value_invalid"])
    }
}

/// Alerts that differ in their runbook only.
enum GeneratedLink {
    static func alert(_ runbook: String) throws -> NotifiedAlert {
        let now = GeneratedNotification.now
        return NotifiedAlert(
            alert: Alert(
                labels: LabelSet([("alertname", "Disk"), ("instance", "db-9"), ("team", "db")]),
                annotations: LabelSet([("summary", "s"), ("runbook_url", runbook)]), startsAt: now, endsAt: .unset,
                updatedAt: now, generatorURL: "", timeout: false), status: .firing)
    }
}
