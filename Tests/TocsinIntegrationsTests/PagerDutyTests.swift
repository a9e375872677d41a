import Foundation
import Testing
import TocsinAlerts
import TocsinConfiguration
import TocsinCore
import TocsinTesting

@testable import TocsinIntegrations

@Suite("PagerDuty")
struct PagerDutyTests {
    private static let key = "e93facc04764012d7bfb002500d5d1a6"
    private static let accepted = DeliveryResponse.answer(
        202, #"{"status": "success", "message": "Event processed", "dedup_key": "given"}"#)

    private func walk(_ delivery: Delivery, _ more: String = "", answers: DeliveryResponse...) throws -> Walk {
        try Walk(
            MadeIntegration.make("pagerduty", "{routing_key: \(PagerDutyTests.key)\(more)}"), delivery, answers: answers
        )
    }

    @Test("An incident is opened, told of again and resolved under the key that the vendor gave it")
    func life() throws {
        let begin = try walk(TestReceiver.delivery(), answers: PagerDutyTests.accepted)
        let trigger = try #require(begin.requests.first)
        #expect(trigger.line == "POST https://events.pagerduty.com/v2/enqueue")
        #expect(trigger.paces == [Pace("pagerduty/" + PagerDutyTests.key, perSecond: 1.5, burst: 30)])
        #expect(try trigger.members["event_action"] as? String == "trigger")
        #expect((try trigger.members["dedup_key"] as? String ?? "").hasPrefix("tocsin/acme/"))
        #expect(begin.outcome == .delivered(vendorID: "given") && begin.keep?["dedup_key"] == "given")

        let more = try walk(TestReceiver.delivery(.newAlerts, memory: begin.keep), answers: PagerDutyTests.accepted)
        #expect(try more.requests[0].members["dedup_key"] as? String == "given")

        let end = try walk(
            TestReceiver.delivery(.allResolved, status: .resolved, memory: begin.keep), answers: PagerDutyTests.accepted
        )
        let resolve = try end.requests[0].json()
        #expect(
            resolve == [
                "routing_key": .string(PagerDutyTests.key), "event_action": .string("resolve"),
                "dedup_key": .string("given"),
            ])
        #expect(end.keep == VendorMemory())
    }

    @Test("An event says what, where, how bad, since when and where to read on")
    func event() throws {
        var notification = try TestReceiver.notification(summary: "94 %\nfull")
        let image = NotifiedAlert(
            alert: Alert(
                labels: LabelSet([("alertname", "Disk"), ("instance", "db-9"), ("severity", "warning")]),
                annotations: LabelSet([("image_url", "https://i.example/1.png")]), startsAt: TestReceiver.now,
                endsAt: .unset, updatedAt: TestReceiver.now, generatorURL: "https://p.example/graph", timeout: false),
            status: .firing)
        notification = notification.telling(notification.alerts + [image])
        let body = try walk(Delivery(notification, now: TestReceiver.now)).requests[0].json()
        let payload = try #require(body["payload"])
        #expect(payload["summary"]?.string == "[FIRING:3] Disk: 94 % full")
        #expect(payload["severity"]?.string == "critical" && payload["group"]?.string == "acme")
        #expect(payload["source"]?.string == "acme" && payload["class"]?.string == "Disk")
        #expect(payload["timestamp"]?.string == "2027-01-15T08:00:00.000Z")
        #expect(payload["custom_details"]?["num_firing"]?.number == 3)
        #expect(payload["custom_details"]?["alerts"]?.array?.count == 3)
        let links = body["links"]?.array ?? []
        #expect(links.map { $0["text"]?.string } == ["Runbook", "Source"])
        #expect(body["images"]?[0]?["src"]?.string == "https://i.example/1.png")
        #expect(body["client"]?.string == "Tocsin" && body["client_url"]?.string == "http://t")
    }

    @Test("An event that the vendor calls too large is sent again without details, once")
    func tooLarge() throws {
        let large = DeliveryResponse.answer(413)
        let again = try walk(TestReceiver.delivery(), answers: large, PagerDutyTests.accepted)
        #expect(again.steps == ["send", "send without details"])
        #expect(again.outcome == .delivered(vendorID: "given"))
        #expect(try again.requests[1].json()["payload"]?["custom_details"]?["alerts"] == nil)
        #expect(try again.requests[1].json()["payload"]?["summary"] != nil)
        let never = try walk(TestReceiver.delivery(), answers: large, large)
        #expect(never.outcome == .reject(reason: FailureReason("http_413")))
        let texts = try walk(TestReceiver.delivery(), ", description: d", answers: large, PagerDutyTests.accepted)
        #expect(texts.steps.count == 2)
        #expect(String(decoding: texts.requests[1].body, as: UTF8.self).contains("details have been removed"))
    }

    @Test(
        "A change event has an address of its own and opens nothing",
        arguments: [
            ("", "https://events.pagerduty.com/v2/change/enqueue"),
            (", region: eu", "https://events.eu.pagerduty.com/v2/change/enqueue"),
            (", url: 'https://p.example/x'", "https://p.example/x"),
        ])
    func change(more: String, address: String) throws {
        for status in [AlertStatus.firing, .resolved] {
            let walk = try walk(
                TestReceiver.delivery(status: status), ", event: change" + more,
                answers: .answer(202, #"{"status": "success"}"#))
            let request = try #require(walk.requests.first)
            #expect(request.url.reveal() == address)
            let body = try request.json()
            #expect(body["event_action"] == nil && body["dedup_key"] == nil)
            #expect(body["payload"]?["timestamp"]?.string == "2027-01-15T08:00:00.000Z")
            #expect(try Contract.violations("pagerduty-change", request.body).isEmpty)
            #expect(walk.outcome == .delivered(vendorID: nil) && walk.keep == nil)
        }
    }

    @Test("Europe has a host of its own, and one may be told of no end")
    func settings() throws {
        let walk = try walk(TestReceiver.delivery(), ", region: eu")
        #expect(walk.requests[0].url.reveal() == "https://events.eu.pagerduty.com/v2/enqueue")
        let quiet = try MadeIntegration.make("pagerduty", "{routing_key: k, auto_resolve: false}")
        #expect(!quiet.sendsResolved)
        let (_, issues) = try MadeIntegration.makeWithIssues("pagerduty", "{routing_key: k, event: change, class: x}")
        #expect(issues.map(\.code) == ["setting_conflict"])
    }

    @Test("Version 1 hands back its key, and says with 403 that there are too many events")
    func version1() throws {
        let made = try MadeIntegration.make("pagerduty", "{service_key: k}")
        let walk = try Walk(
            made, TestReceiver.delivery(), answers: [.answer(200, #"{"status": "success", "incident_key": "i"}"#)])
        #expect(walk.outcome == .delivered(vendorID: "i"))
        let busy = made.outcome(of: .answer(403), now: TestReceiver.now)
        #expect(busy == .retry(after: nil, reason: FailureReason("rate_limited")))
    }

    @Test("Events are those of PagerDuty's own library", arguments: IncidentAction.allCases)
    func golden(action: IncidentAction) throws {
        let golden = try Contract.golden("pagerduty-\(action.rawValue)")
        let alert = PagerDutyAlert(routingKey: Secret(PagerDutyTests.key), escalationPolicy: nil)
        let bytes = alert.encode(action, try TestReceiver.notification(), dedupKey: "k1")
        let made = JSONValue(try JSONSerialization.jsonObject(with: Data(bytes)))
        let expected = try #require(golden["body_json"]?.object)
        if action == .trigger {
            let names = Set(expected["payload"]?.object.map { Array($0.keys) } ?? [])
            #expect(names.isSubset(of: Set(made["payload"]?.object?.keys.map { $0 } ?? [])))
            #expect(made["routing_key"] == expected["routing_key"] && made["dedup_key"] == expected["dedup_key"])
        } else {
            #expect(made.object == expected)
        }
        #expect(try Contract.violations("pagerduty", bytes).isEmpty)
    }
}
