import Foundation
import Testing
import TocsinAlerts
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@Suite("CloudEvents")
struct CloudEventsTests {
    private func request(_ settings: String, _ notification: TocsinAlerts.Notification) throws -> DeliveryRequest {
        try MadeIntegration.make("cloudevents", "{url: 'https://e.example/in', \(settings)}").request(
            for: notification, attempt: 1, now: GeneratedNotification.now)
    }

    @Test("Every event fits the specification's schema", arguments: 1...8 as ClosedRange<UInt64>)
    func generated(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let notification = try GeneratedNotification.make(&random, count: Int.random(in: 1...40, using: &random))
        let structured = try request("subject: '{{ .CommonAnnotations.summary }}'", notification)
        #expect(try Contract.violations("cloudevents", structured.body).isEmpty, "seed \(seed)")
        let batch = try request("mode: batch, per_alert: true", notification)
        let events = try #require(try JSONSerialization.jsonObject(with: Data(batch.body)) as? [Any])
        for event in events {
            let body = try JSONSerialization.data(withJSONObject: event)
            #expect(try Contract.violations("cloudevents", Array(body)).isEmpty, "seed \(seed)")
        }
        let binary = try request("mode: binary, subject: '{{ .CommonAnnotations.summary }}'", notification)
        #expect(
            binary.headers.allSatisfy { $0.value.reveal().utf8.allSatisfy { (0x20...0x7E).contains($0) } },
            "seed \(seed)")
    }

    @Test("An event is the same in all modes, with a stable name")
    func modes() throws {
        let notification = try MadeIntegration.notification(status: .resolved)
        let structured = try request("mode: structured", notification)
        #expect(structured.header("Content-Type") == "application/cloudevents+json; charset=utf-8")
        let event = try structured.json()
        #expect(event["id"] == .string("0b1c") && event["type"] == .string("io.tocsin.alert.resolved"))
        #expect(event["source"] == .string("/tocsin/acme") && event["specversion"] == .string("1.0"))
        #expect(event["data"]?["alerts"]?[0]?["status"] == .string("resolved"))
        let binary = try request("mode: binary", notification)
        #expect(binary.header("Content-Type") == "application/json")
        for name in ["id", "type", "source", "specversion", "subject", "time"] {
            #expect(binary.header("ce-" + name) == event[name]?.string)
        }
        #expect(JSONValue(try JSONSerialization.jsonObject(with: Data(binary.body))) == event["data"])
        let batch = try request("mode: batch", notification)
        #expect(batch.header("Content-Type") == "application/cloudevents-batch+json; charset=utf-8")
        #expect(JSONValue(try JSONSerialization.jsonObject(with: Data(batch.body)))[0] == .object(event))
        #expect(structured.header("webhook-id") == "0b1c" && structured.header("webhook-signature") == nil)
    }

    @Test("Headers are escaped as the binding says, so that nobody adds one")
    func escaped() throws {
        let binary = try request(
            "mode: binary, subject: 'é %\"{{ .CommonAnnotations.summary }}'", MadeIntegration.notification("a\r\nx: y"))
        #expect(binary.header("ce-subject") == "%C3%A9%20%25%22a%0D%0Ax:%20y")
    }

    @Test("What cannot be meant is told")
    func issues() throws {
        for settings in ["per_alert: true", "source: 'a b'", "per_alert: true, mode: batch, payload: {a: b}"] {
            let (made, issues) = try MadeIntegration.makeWithIssues(
                "cloudevents", "{url: 'https://e.example', \(settings)}")
            #expect(made == nil && issues.count == 1, "\(settings) \(issues)")
        }
    }
}
