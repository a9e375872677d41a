import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinIntegrations

@Suite("Splunk HEC")
struct SplunkHECTests {
    private func walk(_ delivery: Delivery, _ more: String = "", answers: DeliveryResponse...) throws -> Walk {
        try Walk(
            MadeIntegration.make("splunk_hec", "{url: 'https://s.example:8088', token: t\(more)}"), delivery,
            answers: answers)
    }

    @Test("Each alert is an object of its own, one behind the other")
    func events() throws {
        let more = ", index: alerts, channel: 11111111-2222-4333-8444-555555555555"
        let walk = try walk(
            TestReceiver.delivery(summary: "94 % full"), more, answers: .answer(200, #"{"text": "Success", "code": 0}"#)
        )
        let request = try #require(walk.requests.first)
        #expect(request.line == "POST https://s.example:8088/services/collector/event")
        #expect(request.header("Authorization") == "Splunk t")
        #expect(request.header("X-Splunk-Request-Channel") == "11111111-2222-4333-8444-555555555555")
        let events = try SplunkHECTests.objects(request.body).map {
            JSONValue(try JSONSerialization.jsonObject(with: Data($0)))
        }
        #expect(events.count == 2 && walk.outcome == .delivered(vendorID: nil))
        #expect(events.map { $0["host"]?.string } == ["db-0", "db-1"])
        let first = try #require(events.first)
        #expect(first["time"]?.number == 1_800_000_000 && first["index"]?.string == "alerts")
        #expect(first["sourcetype"]?.string == "tocsin:alert" && first["source"]?.string == "tocsin")
        #expect(first["event"]?["status"]?.string == "firing" && first["event"]?["summary"]?.string == "94 % full")
        #expect(first["event"]?["labels"]?["team"]?.string == "db")
        #expect(first["fields"]?["severity"]?.string == "critical")
        #expect(String(decoding: request.body.prefix(30), as: UTF8.self).hasPrefix(#"{"time":1800000000.000,"#))
    }

    @Test(
        "Only the collector's own words are success", arguments: [(200, ""), (200, "<html>"), (200, #"{"code": 9}"#)])
    func unclear(status: Int, body: String) throws {
        let outcome = try walk(TestReceiver.delivery(), answers: .answer(status, body)).outcome
        guard case .retry = outcome else {
            Issue.record("\(String(describing: outcome))")
            return
        }
    }

    @Test("With acknowledgement, the vendor's number is handed back")
    func acknowledgement() throws {
        let answer = DeliveryResponse.answer(200, #"{"text": "Success", "code": 0, "ackId": 7}"#)
        #expect(try walk(TestReceiver.delivery(), answers: answer).outcome == .delivered(vendorID: "7"))
    }

    @Test("What is large is divided before it is sent")
    func split() throws {
        let many = try MadeIntegration.notification(String(repeating: "é", count: 16_000), count: 500)
        let outcome = try walk(MadeIntegration.delivery(many)).outcome
        #expect(outcome == .split(reason: FailureReason("too_large")))
        #expect(try walk(MadeIntegration.delivery(many.telling([many.alerts[0]]))).requests[0].body.count < 1_000_000)
    }

    @Test(
        "The address may have a path, and what is wrong is told",
        arguments: [
            ("https://h.example/services/collector/event/1.0", "https://h.example/services/collector/event/1.0"),
            ("https://h.example/", "https://h.example/services/collector/event"),
        ])
    func address(url: String, whole: String) throws {
        let made = try MadeIntegration.make("splunk_hec", "{url: '\(url)', token: t}")
        let request = try made.request(for: TestReceiver.notification(), attempt: 1, now: TestReceiver.now)
        #expect(request.url.reveal() == whole)
        for wrong in ["index: 'A b'", "channel: x"] {
            let (made, issues) = try MadeIntegration.makeWithIssues("splunk_hec", "{url: '\(url)', token: t, \(wrong)}")
            #expect(made == nil && issues.map(\.code) == ["value_invalid"])
        }
    }

    /// The objects of a body, which has nothing between them.
    static func objects(_ body: [UInt8]) -> [[UInt8]] {
        var (found, start, depth): ([[UInt8]], Int, Int) = ([], 0, 0)
        var (isText, isEscaped) = (false, false)
        for (index, byte) in body.enumerated() {
            switch byte {
            case _ where isEscaped: isEscaped = false
            case UInt8(ascii: "\\"): isEscaped = true
            case UInt8(ascii: "\""): isText.toggle()
            case UInt8(ascii: "{") where !isText: depth += 1
            case UInt8(ascii: "}") where !isText:
                depth -= 1
                guard depth == 0 else { break }
                found.append(Array(body[start...index]))
                start = index + 1
            default: break
            }
        }
        return start == body.count ? found : []
    }
}
