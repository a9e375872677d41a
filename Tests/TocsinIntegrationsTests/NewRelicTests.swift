import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations
import TocsinTesting

@Suite("New Relic")
struct NewRelicTests {
    private func walk(_ delivery: Delivery, _ more: String = "", answers: DeliveryResponse...) throws -> Walk {
        try Walk(
            MadeIntegration.make("newrelic", "{license_key: key, account_id: 42\(more)}"), delivery, answers: answers)
    }

    private func events(_ request: DeliveryRequest) throws -> [JSONValue] {
        try #require(JSONValue(JSONSerialization.jsonObject(with: Data(request.body))).array)
    }

    @Test("Each alert is a flat event")
    func events() throws {
        let walk = try walk(
            TestReceiver.delivery(summary: "94 % full"), answers: .answer(200, #"{"success": true, "uuid": "u1"}"#))
        let request = try #require(walk.requests.first)
        #expect(request.line == "POST https://insights-collector.newrelic.com/v1/accounts/42/events")
        #expect(request.header("Api-Key") == "key")
        let events = try events(request)
        #expect(events.count == 2)
        #expect(events.map { $0["label.instance"]?.string } == ["db-0", "db-1"])
        let first = try #require(events.first)
        #expect(first["eventType"]?.string == "TocsinAlert" && first["status"]?.string == "firing")
        #expect(first["timestamp"]?.number == 1_800_000_000_000 && first["severity"]?.string == "critical")
        #expect(first["summary"]?.string == "94 % full" && first["annotation.summary"]?.string == "94 % full")
        #expect(first["tenant"]?.string == "acme" && first["endsAt"] == nil)
        #expect(walk.outcome == .delivered(vendorID: "u1"))
        let end = try self.walk(TestReceiver.delivery(.allResolved, status: .resolved)).requests[0]
        #expect(try self.events(end).map { $0["fingerprint"] } == events.map { $0["fingerprint"] })
        #expect(try self.events(end).first?["endsAt"]?.number == 1_800_000_060_000)
    }

    @Test("Logs have the form of OpenTelemetry")
    func logs() throws {
        let walk = try walk(TestReceiver.delivery(), ", api: otlp", answers: .answer(200, "{}"))
        let request = try #require(walk.requests.first)
        #expect(request.line == "POST https://otlp.nr-data.net/v1/logs" && request.header("api-key") == "key")
        #expect(try Contract.violations("otlp-logs", request.body).isEmpty)
        let records = try request.json()["resourceLogs"]?[0]?["scopeLogs"]?[0]?["logRecords"]?.array ?? []
        #expect(records.count == 2 && walk.outcome == .delivered(vendorID: nil))
        #expect(records[0]["severityNumber"]?.number == 21 && records[0]["severityText"]?.string == "FATAL")
        #expect(records[0]["timeUnixNano"]?.string == "1800000000000000000")
        #expect(records[0]["body"]?["stringValue"]?.string == "firing: full")
        let refused = try self.walk(
            TestReceiver.delivery(), ", api: otlp",
            answers: .answer(200, #"{"partialSuccess": {"rejectedLogRecords": "1"}}"#))
        #expect(refused.outcome == .reject(reason: FailureReason("vendor_refused")))
    }

    @Test(
        "Europe has hosts of its own",
        arguments: [
            ("", "https://insights-collector.eu01.nr-data.net/v1/accounts/42/events"),
            (", api: otlp", "https://otlp.eu01.nr-data.net/v1/logs"),
        ])
    func region(more: String, address: String) throws {
        #expect(try walk(TestReceiver.delivery(), ", region: eu" + more).requests[0].url.reveal() == address)
    }

    @Test("What is larger than the vendor takes is divided before it is sent", arguments: ["events", "otlp"])
    func split(api: String) throws {
        let long = String(repeating: "é", count: 16_000)
        let many = try MadeIntegration.notification(long, count: 500)
        let split = DeliveryOutcome.split(reason: FailureReason("too_large"))
        #expect(try walk(MadeIntegration.delivery(many), ", api: \(api)").outcome == split)
        let one = try walk(MadeIntegration.delivery(many.telling([many.alerts[0]])), ", api: \(api)")
        #expect(one.requests.count == 1 && one.requests[0].body.count < 1_000_000)
        let two = try walk(TestReceiver.delivery(), ", api: \(api)", answers: .answer(413))
        #expect(two.outcome == .split(reason: FailureReason("http_413")))
    }

    @Test("An old event is told without its time")
    func age() throws {
        let late = Delivery(try TestReceiver.notification(), now: TestReceiver.now + .seconds(25 * 3600))
        #expect(try events(walk(late).requests[0])[0]["timestamp"] == nil)
    }

    @Test(
        "What is wrong with the settings is told",
        arguments: [
            ("{license_key: k}", "setting_missing"), ("{account_id: 1}", "setting_missing"),
            ("{license_key: k, account_id: x}", "value_invalid"),
            ("{license_key: k, account_id: 1, event_type: 'a b'}", "value_invalid"),
        ])
    func issues(settings: String, code: String) throws {
        let (made, issues) = try MadeIntegration.makeWithIssues("newrelic", settings)
        #expect(made == nil && issues.map(\.code) == [code])
    }

    @Test("Requests are those of New Relic's own library, but for the account in the address")
    func golden() throws {
        let golden = try Contract.golden("newrelic-events")
        let request = try walk(TestReceiver.delivery()).requests[0]
        let path = golden["target"]?.string?.replacing("/accounts/", with: "/accounts/42/") ?? ""
        #expect(request.line == "POST https://\(golden["real_host"]?.string ?? "")\(path)")
        for header in golden["headers"]?.array ?? [] where header[0] == .string("Content-Type") {
            #expect(request.header("Content-Type") == header[1]?.string)
        }
        let event = try #require(golden["body_json"]?[0]?.object)
        #expect(
            try Set(event.keys).subtracting(["value"]).isSubset(of: events(request)[0].object?.keys.map { $0 } ?? []))
    }
}
